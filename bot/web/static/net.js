// The chat's three calls. The session travels in a header or a body, never in an address.
const HEADER = "X-Arraigo-Session";
const FINAL = new Set([400, 404, 413, 422]); // the same message would be refused again
const QUIET = 45000; // the server speaks at least every 15 s

export class Failed extends Error {
  constructor(response) {
    super(String(response.status));
    this.final = FINAL.has(response.status);
    this.full = response.status === 429;
    this.wait = Number(response.headers.get("Retry-After")) * 1000 || 0;
  }
}

async function call(path, options, milliseconds = 30000) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), milliseconds);
  try {
    const response = await fetch(path, { cache: "no-store", credentials: "omit", ...options, signal: stop.signal });
    if (!response.ok) throw new Failed(response);
    return (await response.json()).messages;
  } finally {
    clearTimeout(timer);
  }
}

export function post(session, { id, body }) {
  const headers = { "Content-Type": "application/json" };
  return call("/webchat/messages", { method: "POST", headers, body: JSON.stringify({ ...body, session, id }) });
}

export function history(session, after) {
  return call(`/webchat/messages?after=${after}`, { headers: { [HEADER]: session } });
}

/** Read server-sent events until the server ends them; throws when the connection is lost. */
export async function stream(session, after, signal, heard) {
  const stop = new AbortController();
  const cut = () => stop.abort();
  signal.addEventListener("abort", cut);
  let timer = setTimeout(cut, QUIET);
  try {
    const headers = { [HEADER]: session, "Last-Event-ID": String(after), Accept: "text/event-stream" };
    const response = await fetch("/webchat/stream", { headers, cache: "no-store", credentials: "omit", signal: stop.signal });
    if (!response.ok) throw new Failed(response);
    heard([]);
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(cut, QUIET);
      text += decoder.decode(value, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop();
      heard(blocks.map(data).filter(Boolean));
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cut);
  }
}

function data(block) {
  const line = block.split("\n").find((one) => one.startsWith("data: "));
  return line ? JSON.parse(line.slice(6)) : null;
}

/** Follow a conversation for as long as the page lives: by stream, else by asking every few seconds. */
export class Follower {
  constructor(session, cursor, { heard, state }) {
    Object.assign(this, { session, cursor, heard, state, failures: 0, lost: 0, polls: 0 });
    this.stopping = new AbortController();
    this.wake = () => {};
    this.run();
  }

  stop() {
    this.stopping.abort();
    this.wake();
  }

  get stopped() {
    return this.stopping.signal.aborted;
  }

  take(messages) {
    if (this.stopped) return;
    this.failures = 0;
    this.state("online");
    for (const message of messages) this.cursor = Math.max(this.cursor, message.id);
    if (messages.length) this.heard(messages);
  }

  async run() {
    while (!this.stopped) {
      try {
        await (this.polls ? this.poll() : this.listen());
      } catch (error) {
        if (this.stopped) return;
        if (!error.full) this.fail();
      }
      await this.pause();
    }
  }

  fail() {
    this.failures += 1;
    this.state(navigator.onLine ? "connecting" : "offline");
  }

  async poll() {
    this.polls -= 1;
    this.take(await history(this.session, this.cursor));
  }

  /** A stream that is refused, or that breaks three times with nothing heard, is left alone for some minutes. */
  async listen() {
    try {
      await stream(this.session, this.cursor, this.stopping.signal, (messages) => {
        if (messages.length) this.lost = 0;
        this.take(messages);
      });
    } catch (error) {
      this.lost += 1;
      if (error.full || this.lost >= 3) [this.polls, this.lost] = [60, 2];
      throw error;
    }
  }

  pause() {
    const usual = this.polls ? 5000 : 1000;
    const milliseconds = Math.min(usual * 2 ** this.failures, 30000) * (0.75 + Math.random() / 2);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}
