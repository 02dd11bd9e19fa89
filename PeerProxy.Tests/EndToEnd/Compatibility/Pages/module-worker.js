import { double, address } from './module-part.js';
onmessage = async () => postMessage([double(21), address, import.meta.url, (await import('./module-part.js')).double(1)]);
