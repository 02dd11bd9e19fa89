// A libwebrtc peer of its own: answers the offer on the first line of its input, then sends or counts what the page asks for.
const { RTCPeerConnection } = require(require('node:path').join(process.env.WRTC_FOLDER, 'node_modules', '@roamhq', 'wrtc'));
const readline = require('node:readline');

const messageBytes = 16 * 1024;
const highWater = 12 * 1024 * 1024;

// This binding never fires bufferedamountlow; at this pace the queue, which holds a third of a second, never runs dry.
const refillMs = 10;
const chunk = new Uint8Array(messageBytes);
for (let i = 0; i < chunk.length; i++) chunk[i] = (i * 2654435761) >>> 24;

const peer = new RTCPeerConnection();
let expected = 0;
let received = 0;

function send(channel, length) {
  let left = length;
  const fill = () => {
    while (left > 0 && channel.bufferedAmount < highWater) {
      const part = Math.min(left, messageBytes);
      channel.send(part === messageBytes ? chunk : chunk.subarray(0, part));
      left -= part;
    }
    if (left > 0) setTimeout(fill, refillMs);
  };
  fill();
}

peer.ondatachannel = ({ channel }) => {
  channel.binaryType = 'arraybuffer';
  channel.onmessage = ({ data }) => {
    if (typeof data !== 'string') {
      received += data.byteLength;
      if (received >= expected) channel.send('got');
      return;
    }
    const [verb, count] = data.split(' ');
    if (verb === 'get') send(channel, Number(count));
    if (verb === 'put') { received = 0; expected = Number(count); channel.send('ready'); }
  };
};

const gathered = () => new Promise((resolve) => {
  if (peer.iceGatheringState === 'complete') resolve();
  else peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve();
});

readline.createInterface({ input: process.stdin }).once('line', async (line) => {
  await peer.setRemoteDescription(JSON.parse(line));
  await peer.setLocalDescription(await peer.createAnswer());
  await gathered();
  process.stdout.write(JSON.stringify(peer.localDescription) + '\n');
});
process.stdin.on('end', () => process.exit(0));
