// From the npm registry and src/ to hashed files in ../src/tenon_core/web/static/dist.
//
// node build.mjs [--dev] [--out FOLDER]. --dev: not minified, with source maps, fast compression.
// A running server never meets half a bundle: new files come beside the old ones, the manifest
// that names them is replaced last, and only then the old ones go.
import { build } from "esbuild";
import { brotliCompressSync, gzipSync, constants } from "node:zlib";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dev = process.argv.includes("--dev");
const asked = process.argv.indexOf("--out");
const out = asked > 0 ? process.argv[asked + 1] : join(here, "../src/tenon_core/web/static/dist");
mkdirSync(dirname(out), { recursive: true });
const made = mkdtempSync(join(dirname(out), ".dist-"));

const common = {
  absWorkingDir: here, outdir: made, bundle: true, minify: !dev, sourcemap: dev, metafile: true,
  target: ["es2022", "chrome111", "firefox115", "safari16.4"], logLevel: "warning", legalComments: "none",
  entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".woff": "empty", ".svg": "dataurl" },
};

try {
  const results = await Promise.all([
    build({ ...common, entryPoints: ["src/app.js", "src/echarts.js"], format: "esm", splitting: true }),
    build({ ...common, entryPoints: ["src/theme.js"], format: "iife" }),
    build({ ...common, entryPoints: ["src/app.css"], conditions: ["style"] }),
  ]);
  const { manifest, used } = describe(results);
  write("preload.json", JSON.stringify(preload(results[0].metafile)));
  write("icons.json", JSON.stringify(icons()));
  write("THIRD_PARTY_NOTICES.txt", notices([...used, "@tabler/icons"].sort()));
  const sizes = compress();
  write("manifest.json", JSON.stringify(manifest, null, 1));
  publish();
  report(sizes);
} catch (error) {
  if (!error.errors) throw error; // esbuild has told its own with file and line
  process.exitCode = 1;
} finally {
  rmSync(made, { recursive: true, force: true });
}

function write(name, text) {
  writeFileSync(join(made, name), text);
}

// Logical name -> hashed name of each entry, and the packages that went into the bundle.
function describe(results) {
  const manifest = {}, used = new Set();
  for (const { metafile } of results) {
    for (const [file, output] of Object.entries(metafile.outputs)) {
      for (const input of Object.keys(output.inputs)) {
        const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/);
        if (found) used.add(found[1]);
      }
      if (output.entryPoint) manifest[output.entryPoint.replace(/^src\//, "")] = relative(made, join(here, file));
    }
  }
  return { manifest, used };
}

// What app.js needs before it can run, so that the page can ask for all of it at once.
function preload({ outputs }) {
  const found = new Set();
  const follow = (file) => {
    for (const { path, kind } of outputs[file].imports) {
      if (kind !== "import-statement" || found.has(path)) continue;
      found.add(path);
      follow(path);
    }
  };
  follow(Object.keys(outputs).find((file) => outputs[file].entryPoint === "src/app.js"));
  return [...found].map((file) => relative(made, join(here, file)));
}

// Every outline icon as the inside of its <svg>: the server writes those that a page uses.
function icons() {
  const nodes = JSON.parse(readFileSync(join(here, "node_modules/@tabler/icons/tabler-nodes-outline.json"), "utf8"));
  const attributes = (given) => Object.entries(given).map(([name, value]) => ` ${name}="${value}"`).join("");
  return Object.fromEntries(Object.entries(nodes).map(([name, parts]) => [name, parts.map(([tag, given]) => `<${tag}${attributes(given)}/>`).join("")]));
}

// The licences ask that their text goes wherever the bundle goes.
function notices(packages) {
  return packages.map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const texts = readdirSync(folder).filter((file) => /^(licen[sc]e|notice|copying)/i.test(file) && statSync(join(folder, file)).isFile());
    return [`==== ${name} ${version} (${license}) ====`, ...texts.map((file) => readFileSync(join(folder, file), "utf8"))].join("\n\n");
  }).join("\n\n");
}

function compress() {
  const sizes = [];
  for (const file of readdirSync(made)) {
    if (![".js", ".css"].includes(extname(file))) continue;
    const plain = readFileSync(join(made, file));
    const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: dev ? 4 : 11 } });
    const gzip = gzipSync(plain, { level: dev ? 6 : 9 });
    write(`${file}.br`, brotli);
    write(`${file}.gz`, gzip);
    sizes.push([file, plain.length, gzip.length, brotli.length]);
  }
  return sizes.sort((a, b) => b[1] - a[1]);
}

function publish() {
  mkdirSync(out, { recursive: true });
  const names = readdirSync(made);
  const last = (name) => Number(name === "manifest.json");
  for (const name of names.sort((a, b) => last(a) - last(b))) renameSync(join(made, name), join(out, name));
  for (const name of readdirSync(out)) if (!names.includes(name)) rmSync(join(out, name), { recursive: true });
}

function report(sizes) {
  for (const [file, plain, gzip, brotli] of sizes) {
    console.log(basename(file).padEnd(40), String(plain).padStart(9), "gz", String(gzip).padStart(7), "br", String(brotli).padStart(7));
  }
  if (!existsSync(join(out, "manifest.json"))) throw new Error("no manifest was written");
}
