// The model in a worker: Pyodide from the site's own folder runs the package that made the book.
// It hears {type: "load"} and {id, request}, and tells {progress}, {ready}, and what `answer` says of
// a request, piece by piece; a newer request ends an older one.

const here = new URL(".", import.meta.url);
const engine = new URL("../pyodide/", here);
const PARTS = 5; // engine, model, draws, code, start
let answer = null;
let latest = 0;
let loaded = 0;

async function bytes(url) {
  const found = await fetch(url);
  if (!found.ok) throw new Error(`${url.pathname}: ${found.status}`);
  const data = await found.arrayBuffer();
  postMessage({ progress: ++loaded / PARTS });
  return data;
}

async function load() {
  const files = ["model.json", "draws.bin", "core.zip"].map((name) => bytes(new URL(name, here)));
  const { loadPyodide } = await import(new URL("pyodide.mjs", engine));
  const python = await loadPyodide({ indexURL: engine.href, lockFileURL: new URL("pyodide-lock.json", engine).href });
  postMessage({ progress: ++loaded / PARTS });
  const [model, draws, code] = await Promise.all(files);
  python.unpackArchive(code, "zip");
  python.globals.set("model", new TextDecoder().decode(model));
  python.globals.set("draws", new Uint8Array(draws));
  answer = python.runPython(`
import json
from euromesh.explore import Session, answer
session = Session(json.loads(model), draws.to_py().tobytes())
lambda request: answer(session, request)
`);
  postMessage({ progress: ++loaded / PARTS });
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

async function run(id, request) {
  latest = id;
  let asked = request;
  for (;;) {
    const told = JSON.parse(answer(JSON.stringify(asked)));
    if (latest !== id) return;
    if (Object.keys(told).length) postMessage({ id, ...told });
    if (told.end || told.error) return;
    await pause();
    if (latest !== id) return;
    asked = { next: true };
  }
}

let ready = null;
addEventListener("message", async ({ data }) => {
  try {
    ready ??= load();
    await ready;
    if (data.type === "load") postMessage({ ready: true });
    else run(data.id, data.request);
  } catch (error) {
    postMessage({ failed: String(error.message ?? error) });
  }
});
