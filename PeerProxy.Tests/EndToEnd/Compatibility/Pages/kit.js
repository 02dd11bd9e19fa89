// Cases of one page: each runs in this document and returns what it saw, the same whether the page came directly or not.
// `compare(name, run)` names a case; the suite reads the names from the source, so they are string literals.

const cases = [];
// Far above what a case takes: a slow machine that runs other work must not fail one.
const caseLimitMs = 60_000;

function compare(name, run) {
  cases.push({ name, run });
}

/** The target's own address, as its pages name it. */
const targetOrigin = () => document.querySelector('meta[name="target"]').content;

/** An address as this page sees it, without what differs between visits. */
const shown = (value) => JSON.parse(JSON.stringify(value ?? null).replaceAll(location.origin, '{site}').replaceAll(location.host, '{host}'));

/** An address as the target saw it. */
const seen = (value) => JSON.parse(JSON.stringify(value ?? null).replaceAll(targetOrigin(), '{target}').replaceAll(new URL(targetOrigin()).host, '{target-host}'));

const unique = () => crypto.randomUUID().replaceAll('-', '').slice(0, 12);

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Polls until the value is truthy. */
async function until(read, limitMs = 30_000) {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value) { return value; }
    if (performance.now() > end) { throw new Error('waited in vain for ' + read); }
    await wait(20);
  }
}

const once = (target, type, limitMs = 30_000) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error('no ' + type)), limitMs);
  target.addEventListener(type, (event) => { clearTimeout(timer); resolve(event); }, { once: true });
});

/** What a promise came to, as text that can be compared. */
const outcome = (promise) => Promise.resolve(promise).then((value) => value, (error) => `${error.name}`);

const thrown = (run) => { try { run(); return 'nothing'; } catch (error) { return error.name; } };

const echo = async (path = '/echo', init = undefined) => (await fetch(path, init)).json();

const records = async (key, count = 1) => until(async () => {
  const lines = await (await fetch('/records/' + key, { cache: 'no-store' })).json();
  return lines.length >= count && lines;
});

const hex = async (buffer) => Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', buffer)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Adds a frame and waits until it has loaded. */
async function addFrame(attributes) {
  const frame = document.createElement('iframe');
  Object.assign(frame, attributes);
  const loaded = once(frame, 'load');
  document.body.append(frame);
  await loaded;
  return frame;
}

/** Runs a function of this page's source in a worker, and returns what it sends. */
function askWorker(worker, message, transfer = []) {
  const port = worker.port ?? worker;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the worker does not answer')), 30_000);
    worker.onerror = (event) => { clearTimeout(timer); reject(new Error('worker: ' + event.message)); };
    port.onmessage = (event) => { clearTimeout(timer); resolve(event.data); };
    port.postMessage(message, transfer);
  });
}

async function runCase({ name, run }) {
  let timer;
  const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('too slow')), caseLimitMs); });
  const started = performance.now();
  try {
    const value = await Promise.race([run(), limit]);
    return { value: value === undefined ? null : value, ms: Math.round(performance.now() - started) };
  } catch (error) {
    return { error: `${error.name}: ${error.message}`, ms: Math.round(performance.now() - started) };
  } finally {
    clearTimeout(timer);
  }
}

/** All results by name. Cases run one after the other: they share cookies, connections and the page. */
async function runAll() {
  if (document.readyState !== 'complete') { await once(window, 'load'); }
  const results = {};
  for (const one of cases) {
    results[one.name] = await runCase(one);
  }
  return results;
}
