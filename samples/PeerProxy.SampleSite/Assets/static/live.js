const poem = document.querySelector("[data-poem]");
const again = document.querySelector("[data-poem-again]");

async function read() {
  again.disabled = true;
  poem.textContent = "";
  try {
    const response = await fetch("/live/poem", { cache: "no-store" });
    for await (const text of lines(response.body)) {
      poem.textContent += text;
    }
  } catch (error) {
    poem.textContent += `\n(${error.message})`;
  } finally {
    again.disabled = false;
  }
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    yield part.value;
  }
}

again.addEventListener("click", read);
void read();

const log = document.querySelector("[data-chat-log]");
const chatState = document.querySelector("[data-chat-state]");
const form = document.querySelector("[data-chat-form]");
let socket;

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live/chat`);
  socket.addEventListener("message", (event) => show(String(event.data)));
  socket.addEventListener("close", () => {
    chatState.textContent = "disconnected, trying again";
    setTimeout(connect, 2000);
  });
}

function show(text) {
  if (text.startsWith('{"present":')) {
    chatState.textContent = `${JSON.parse(text).present} here`;
    return;
  }
  const item = document.createElement("li");
  item.textContent = text;
  log.append(item);
  item.scrollIntoView({ block: "nearest" });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(form.elements.text.value);
    form.reset();
  }
});

connect();
