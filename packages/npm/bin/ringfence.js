#!/usr/bin/env node
// Starts the program that npm installed for this system, with the same input, output, signals and exit code.
"use strict";
const { spawnSync } = require("node:child_process");

const system = `${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`@ringfence/${system}/ringfence${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  console.error(
    `ringfence: the package @ringfence/${system} is not installed. Either there is no program for this system ` +
      "(then build it: cargo install --locked ringfence), or optional dependencies were left out (npm install --include=optional).",
  );
  process.exit(2);
}
const { status, signal, error } = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`ringfence: ${program}: ${error.message}`);
  process.exit(2);
}
if (signal) process.kill(process.pid, signal);
process.exit(status ?? 2);
