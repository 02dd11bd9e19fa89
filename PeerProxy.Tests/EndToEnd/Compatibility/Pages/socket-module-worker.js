import { double } from '/pages/module-part.js';
onmessage = async (event) => {
  (0, eval)(await (await fetch('/pages/socket-cases.js')).text() + '; globalThis.socketInScope = socketInScope;');
  postMessage({ ...(await globalThis.socketInScope(event.data)), double: double(21) });
};
