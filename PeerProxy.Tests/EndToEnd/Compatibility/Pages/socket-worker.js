importScripts('/pages/socket-cases.js');
onmessage = async (event) => postMessage(await socketInScope(event.data));
