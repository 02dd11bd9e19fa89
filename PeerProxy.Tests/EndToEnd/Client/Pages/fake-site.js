// The site the fake agent serves: each path is one behaviour.
import { ErrorCode } from "/.peerproxy/protocol/errors.js";
import { FrameType } from "/.peerproxy/protocol/frames.js";

const encoder = new TextEncoder();

/** What tests ask about later: counters and requests, by name. */
export const seen = { aborted: 0, written: 0, requests: [] };
window.seen = seen;

function page(title, body = "") {
  return `<!doctype html><html lang="en"><head><title>${title}</title><link rel="icon" href="/icon.png"></head><body><h1>${title}</h1>${body}</body></html>`;
}

function pattern(length, from = 0) {
  return Uint8Array.from({ length }, (_, index) => (from + index) * 31 % 251);
}

export const routes = {
  "/": stream => stream.html(page("Home", '<a id="next" href="/second?x=1#part">next</a><script>window.scriptRan = { parent: window.parent === window, sw: String(navigator.serviceWorker) };</script>')),
  "/second": stream => stream.html(page("Second")),
  "/echo-head": stream => stream.json(stream.fields),
  "/hello": async stream => {
    stream.respond(200, [["content-type", "text/plain"], ["content-length", "5"]]);
    await stream.write(encoder.encode("hello"), true);
  },
  "/bytes": async stream => {
    const total = Number(stream.url.searchParams.get("n"));
    stream.respond(200, [["content-type", "application/octet-stream"], ["content-length", String(total)]]);
    seen.written = 0;
    for (let offset = 0; offset < total && !stream.isReset; offset += 65_536) {
      const size = Math.min(65_536, total - offset);
      await stream.write(pattern(size, offset), offset + size === total);
      seen.written = offset + size;
    }

    seen.aborted += stream.isReset ? 1 : 0;
  },
  "/upload": async stream => {
    const body = await stream.readBody();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
    await stream.json({ bytes: body.byteLength, length: stream.field("content-length") ?? null, hash: Array.from(hash, byte => byte.toString(16).padStart(2, "0")).join("") });
  },
  "/no-content": stream => stream.respond(204, [], true),
  "/not-modified": stream => stream.respond(304, [["etag", '"a"']], true),
  "/redirect": stream => stream.respond(302, [["location", "/hello"]], true),
  "/short": async stream => {
    stream.respond(200, [["content-type", "text/plain"], ["content-length", "100"]]);
    await stream.write(encoder.encode("only this"), true);
  },
  "/dies": async stream => {
    stream.respond(200, [["content-type", "text/plain"]]);
    await stream.write(encoder.encode("the beginning"));
    await new Promise(resolve => setTimeout(resolve, 200));
    stream.fail(ErrorCode.TargetLost, "the target went away");
  },
  "/slow": async stream => {
    stream.respond(200, [["content-type", "text/plain"]]);
    for (let part = 0; part < 4; part++) {
      await stream.write(encoder.encode(`part ${part}\n`), part === 3);
      await new Promise(resolve => setTimeout(resolve, 150));
    }
  },
  "/never": async stream => {
    stream.respond(200, [["content-type", "text/plain"]]);
    await stream.write(encoder.encode("first"));
    await stream.until(() => stream.isReset);
    seen.aborted++;
  },
  "/quiet-events": async stream => {
    stream.respond(200, [["content-type", "text/event-stream"]]);
    await stream.write(encoder.encode("data: first\n\n"));
    await stream.until(() => stream.isReset);
    seen.aborted++;
  },
  "/crash": (stream, agent) => agent.drop(),
  "/gzip": async stream => {
    const packed = new Response(new Blob([page("Packed")]).stream().pipeThrough(new CompressionStream("gzip")));
    const bytes = new Uint8Array(await packed.arrayBuffer());
    stream.respond(200, [["content-type", "text/html"], ["content-encoding", "gzip"], ["content-length", String(bytes.byteLength)]]);
    await stream.write(bytes, true);
  },
  "/policy": stream => stream.html(page("Policy"), [["content-security-policy", "script-src 'none'; frame-ancestors 'none'"], ["x-frame-options", "DENY"]]),
  "/strict": stream => stream.html(page("Strict", "<script nonce='abc'>window.scriptRan = true;</script>"), [["content-security-policy", "script-src 'nonce-abc' 'strict-dynamic'"]]),
  "/cookies": stream => stream.html(page("Cookies", "<script>window.first = document.cookie;</script>"), [["pp-cookie", "visible=1; path=/"]]),
  "/refused": stream => stream.respond(502, [["pp-error", "target-refused"]], true),
  "/events": async stream => {
    stream.respond(200, [["content-type", "text/event-stream"]]);
    const from = Number(stream.field("last-event-id") ?? 0);
    await stream.write(encoder.encode(`retry: 50\nid: ${from + 1}\ndata: after ${from}\n\n`), true);
  },
  "/download": async stream => {
    stream.respond(200, [["content-type", "text/plain"], ["content-length", "4"]]);
    await stream.write(encoder.encode("file"), true);
  },
  "/socket": async stream => {
    stream.respond(101, [["sec-websocket-protocol", (stream.field("sec-websocket-protocol") ?? "").split(", ")[0]]].filter(field => field[1] !== ""));
    let parts = [];
    for (let next = 0; ; next++) {
      await stream.until(() => stream.messages.length > next || stream.isReset);
      const frame = stream.messages[next];
      if (frame === undefined) {
        return;
      }

      if (frame.type === FrameType.WsClose) {
        stream.sendFrame(FrameType.WsClose, frame.payload, true);
        return;
      }

      parts.push(frame.payload);
      if (!frame.more) {
        const message = new Uint8Array(await new Blob(parts).arrayBuffer());
        parts = [];
        await stream.write(message, false, frame.type);
      }
    }
  },
  "*": async stream => {
    stream.respond(404, [["content-type", "text/plain"]]);
    await stream.write(encoder.encode("not found"), true);
  },
};
