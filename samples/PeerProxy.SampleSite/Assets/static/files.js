const verify = document.querySelector("[data-verify]");
const progress = document.querySelector("[data-verify-progress]");
const verdict = document.querySelector("[data-verify-result]");
const expected = document.querySelector("[data-expected]").textContent;

verify.addEventListener("click", async () => {
  verify.disabled = true;
  progress.hidden = false;
  verdict.textContent = "";
  try {
    const started = performance.now();
    const total = Number(verify.dataset.bytes);
    const bytes = new Uint8Array(total);
    let at = 0;
    const reader = (await fetch("/files/tideline.bin", { cache: "no-store" })).body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes.set(part.value, at);
      at += part.value.length;
      progress.value = at / total;
    }
    const seconds = (performance.now() - started) / 1000;
    const equal = (await sha256(bytes.subarray(0, at))) === expected;
    verdict.textContent = `${equal ? "Equal hash" : "DIFFERENT hash"}, ${(at / 1e6 / seconds).toFixed(1)} MB/s`;
  } catch (error) {
    verdict.textContent = `Failed: ${error.message}`;
  } finally {
    verify.disabled = false;
    progress.hidden = true;
  }
});

const send = document.querySelector("[data-send]");
const answer = document.querySelector("[data-send-result]");

send.addEventListener("click", async () => {
  send.disabled = true;
  answer.textContent = "";
  try {
    const bytes = new Uint8Array(10_000_000);
    for (let at = 0; at < bytes.length; at += 65536) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, bytes.length)));
    }
    const started = performance.now();
    const result = await (await fetch("/files/raw", { method: "PUT", body: bytes })).json();
    const seconds = (performance.now() - started) / 1000;
    const equal = result.size === bytes.length && result.sha256 === (await sha256(bytes));
    answer.textContent = `${equal ? "Equal hash" : "DIFFERENT hash"}, ${(bytes.length / 1e6 / seconds).toFixed(1)} MB/s`;
  } catch (error) {
    answer.textContent = `Failed: ${error.message}`;
  } finally {
    send.disabled = false;
  }
});

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (value) => value.toString(16).padStart(2, "0")).join("");
}
