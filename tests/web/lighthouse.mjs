// Lighthouse over every page of a built site, on its phone profile; a page below a limit fails.
//   node tests/web/lighthouse.mjs _build/book/central/site [page.html ...]
// $CHROME_PATH names the browser. Answers are compressed, as any public server does it.

import { createServer } from "node:http";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";
import * as chromeLauncher from "chrome-launcher";
import lighthouse from "lighthouse";

const ANSWER = "intro.html";
const LIMITS = { performance: 80, accessibility: 100, seo: 100, paint: 2500, shift: 0.1 };
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
};

const serve = (site) => (request, response) => {
  const path = normalize(new URL(request.url, "http://site").pathname);
  try {
    const body = readFileSync(join(site, path));
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    const packed = type.includes("font/") ? {} : { "Content-Encoding": "gzip" };
    response.writeHead(200, { "Content-Type": type, "Cache-Control": "max-age=600", ...packed });
    response.end("Content-Encoding" in packed ? gzipSync(body) : body);
  } catch {
    response.writeHead(404).end();
  }
};

// Pages that only lead to another hold no <main>; the page of what is not there asks not to be found.
const pagesOf = (site) =>
  readdirSync(site, { recursive: true })
    .filter((name) => name.endsWith(".html") && name !== "404.html" && !name.startsWith("_static"))
    .filter((name) => readFileSync(join(site, name), "utf8").includes("<main"))
    .sort();

const measured = ({ audits, categories }) => ({
  performance: Math.round(categories.performance.score * 100),
  accessibility: Math.round(categories.accessibility.score * 100),
  seo: Math.round(categories.seo.score * 100),
  paint: Math.round(audits["largest-contentful-paint"].numericValue),
  shift: Number(audits["cumulative-layout-shift"].numericValue.toFixed(3)),
  blocked: Math.round(audits["total-blocking-time"].numericValue),
  kB: Math.round(audits["total-byte-weight"].numericValue / 1000),
});

function missed(page, found) {
  const limits = page === ANSWER ? { ...LIMITS, performance: 90 } : LIMITS;
  const below = (key) =>
    key === "paint" || key === "shift" ? found[key] > limits[key] : found[key] < limits[key];
  return Object.keys(limits).filter(below);
}

const failing = ({ audits, categories }) =>
  ["accessibility", "seo"].flatMap((name) =>
    categories[name].auditRefs.map(({ id }) => audits[id]).filter(({ score }) => score === 0),
  );

async function main(site, ...named) {
  const server = createServer(serve(site)).listen(0, "127.0.0.1");
  const flags = ["--headless=new", "--no-sandbox"];
  const chrome = await chromeLauncher.launch({ chromeFlags: flags });
  const options = {
    port: chrome.port,
    onlyCategories: ["performance", "accessibility", "seo"],
    logLevel: "error",
  };
  let good = true;
  for (const page of named.length ? named : pagesOf(site)) {
    const url = `http://127.0.0.1:${server.address().port}/${page}`;
    const { lhr } = await lighthouse(url, options);
    const found = measured(lhr);
    const misses = missed(page, found);
    const why = misses.length ? ` MISSES ${misses.join(", ")}` : "";
    console.log(`${page.padEnd(36)} ${JSON.stringify(found)}${why}`);
    for (const { id, title } of failing(lhr)) console.log(`    ${id}: ${title}`);
    good &&= misses.length === 0;
  }
  await chrome.kill();
  server.close();
  process.exitCode = good ? 0 : 1;
}

await main(...process.argv.slice(2));
