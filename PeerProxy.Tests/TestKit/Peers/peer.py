"""A data-channel peer on aiortc, driven over stdin and stdout: one JSON object per line, answered under the same "id"."""

import asyncio
import hashlib
import json
import sys
import traceback

from aiortc import RTCPeerConnection, RTCSctpCapabilities, RTCSctpTransport, RTCSessionDescription

QUEUE_LIMIT = 1 << 20

# It takes messages of any size and says 64 KB; with this it says what the tests send.
RTCSctpTransport.getCapabilities = classmethod(lambda cls: RTCSctpCapabilities(maxMessageSize=262144))


async def until(condition):
    while not condition():
        await asyncio.sleep(0.002)


class Watched:
    """Modes: "echo" sends every message back, "hash" keeps a running SHA-256, "count" only counts."""

    def __init__(self, channel, mode):
        self.channel = channel
        self.bytes = self.count = 0
        self.hash = hashlib.sha256()
        self.closed = False

        @channel.on("message")
        def on_message(data):
            raw = data.encode() if isinstance(data, str) else data
            self.count += 1
            self.bytes += len(raw)
            if mode == "hash":
                self.hash.update(raw)
            elif mode == "echo":
                channel.send(data)

        @channel.on("close")
        def on_close():
            self.closed = True


class Peer:
    def __init__(self):
        self.pc = None
        self.channels = {}

    def watch(self, channel, mode):
        watched = self.channels[channel.label] = Watched(channel, mode)
        return watched

    async def create(self):
        if self.pc is not None:
            await self.pc.close()
        self.pc = RTCPeerConnection()
        self.channels = {}
        self.pc.on("datachannel", lambda channel: self.watch(channel, "echo"))

    async def channel(self, label, options, mode):
        self.watch(self.pc.createDataChannel(label, **options), mode)

    async def offer(self, restart=False):
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return self.pc.localDescription.sdp

    async def answer(self, offer):
        await self.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return self.pc.localDescription.sdp

    async def accept(self, answer):
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def send(self, label, bytes, size):  # noqa: A002: the names are those of the JSON
        """Sends so many bytes, each message filled with its own number; returns their hash."""
        channel = self.channels[label].channel
        sha = hashlib.sha256()
        for number in range((bytes + size - 1) // size):
            message = (number % 251).to_bytes(1, "big") * size
            sha.update(message)
            await until(lambda: channel.bufferedAmount <= QUEUE_LIMIT)
            channel.send(message)
        return sha.hexdigest()

    async def received(self, label, bytes):
        watched = self.channels[label]
        await until(lambda: watched.bytes >= bytes)
        return watched.hash.hexdigest()

    async def many(self, count):
        """Opens so many channels, sends each its name, waits for the echo, closes all, and does one more."""

        async def cycle(labels):
            states = [self.watch(self.pc.createDataChannel(label), "count") for label in labels]
            for state in states:
                await until(lambda: state.channel.readyState == "open")
                state.channel.send(state.channel.label)
            await until(lambda: all(state.count == 1 for state in states))
            for state in states:
                state.channel.close()
            await until(lambda: all(state.closed for state in states))

        await cycle([f"theirs{i}" for i in range(count)])
        await cycle(["again"])

    async def closed(self, prefix):
        states = [state for label, state in self.channels.items() if label.startswith(prefix)]
        await until(lambda: all(state.closed for state in states))
        return len(states)

    async def close(self):
        await self.pc.close()


async def run(peer, request):
    number = request.pop("id")
    try:
        answer = {"id": number, "result": await getattr(peer, request.pop("command"))(**request)}
    except Exception:
        answer = {"id": number, "error": traceback.format_exc()}
    print(json.dumps(answer), flush=True)


async def main():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    peer = Peer()
    running = set()
    while line := await reader.readline():
        task = asyncio.create_task(run(peer, json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


asyncio.run(main())
