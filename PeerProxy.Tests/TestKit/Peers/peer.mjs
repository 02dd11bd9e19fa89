// A data-channel peer on a JavaScript stack, driven over stdin and stdout: one JSON object per line, answered under the same "id".
// Usage: node peer.mjs FOLDER PACKAGE, where FOLDER holds node_modules.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { RTCPeerConnection } = createRequire(process.argv[2] + '/')(process.argv[3]);
const QUEUE_LIMIT = 1 << 20;
const MAX_MESSAGE = 262144;
// When the other side's DTLS hello comes before werift has finished its checks, it forgets to prepare its stream ids: then they must be given.
const forgetsIds = process.argv[3] === 'werift';
let pc;
let channels;
let hasOffered;

/** Modes: "echo" sends every message back, "hash" keeps a running SHA-256, "count" only counts. */
function watch(channel, mode) {
  const state = { channel, mode, bytes: 0, count: 0, hash: createHash('sha256'), closed: false };
  channel.binaryType = 'arraybuffer';
  channel.onmessage = ({ data }) => {
    state.count++;
    state.bytes += data.byteLength ?? Buffer.byteLength(data);
    if (state.mode === 'hash') state.hash.update(Buffer.from(data));
    if (state.mode === 'echo') channel.send(typeof data === 'string' ? data : Buffer.from(data));
  };
  channel.onclose = () => { state.closed = true; };
  channels.set(channel.label, state);
  return state;
}

const pause = ms => new Promise(done => setTimeout(done, ms));

async function until(condition) {
  while (!condition()) await pause(2);
}

/** The local description with all candidates in it. */
async function described() {
  await until(() => pc.iceGatheringState === 'complete');
  return pc.localDescription.sdp;
}

const commands = {
  async create() {
    await pc?.close();
    pc = new RTCPeerConnection({ iceServers: [], maxMessageSize: MAX_MESSAGE });
    channels = new Map();
    hasOffered = undefined;
    pc.ondatachannel = ({ channel }) => watch(channel, 'echo');
  },
  async channel({ label, options, mode }) {
    watch(pc.createDataChannel(label, options), mode);
  },
  async offer({ restart }) {
    hasOffered ??= true;
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: restart }));
    return described();
  },
  async answer({ offer }) {
    hasOffered ??= false;
    await pc.setRemoteDescription({ type: 'offer', sdp: offer });
    await pc.setLocalDescription(await pc.createAnswer());
    return described();
  },
  async accept({ answer }) {
    await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  },
  /** Sends so many bytes, each message filled with its own number; returns their hash. */
  async send({ label, bytes, size }) {
    const { channel } = channels.get(label);
    const hash = createHash('sha256');
    for (let sent = 0, n = 0; sent < bytes; sent += size, n++) {
      const message = Buffer.alloc(size, n % 251);
      hash.update(message);
      while (channel.bufferedAmount > QUEUE_LIMIT) await pause(1);
      channel.send(message);
    }
    return hash.digest('hex');
  },
  async received({ label, bytes }) {
    const state = channels.get(label);
    await until(() => state.bytes >= bytes);
    return state.hash.digest('hex');
  },
  /** Opens so many channels, sends each its name, waits for the echo, closes all, and does one more. */
  async many({ count }) {
    const cycle = async labels => {
      const states = labels.map((label, i) => watch(pc.createDataChannel(label, forgetsIds ? { id: 2 * i + (hasOffered ? 1 : 2) } : {}), 'count'));
      for (const state of states) {
        await until(() => state.channel.readyState === 'open');
        state.channel.send(state.channel.label);
      }
      await until(() => states.every(state => state.count === 1));
      for (const state of states) state.channel.close();
      await until(() => states.every(state => state.closed));
    };
    await cycle(Array.from({ length: count }, (_, i) => `theirs${i}`));
    await cycle(['again']);
  },
  async closed({ prefix }) {
    const states = [...channels.values()].filter(state => state.channel.label.startsWith(prefix));
    await until(() => states.every(state => state.closed));
    return states.length;
  },
  async close() {
    await pc.close();
  },
};

createInterface({ input: process.stdin })
  .on('line', async line => {
    const { id, command, ...rest } = JSON.parse(line);
    const answer = { id };
    try {
      answer.result = (await commands[command](rest)) ?? null;
    } catch (error) {
      answer.error = String(error?.stack ?? error);
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  })
  .on('close', () => process.exit(0));
