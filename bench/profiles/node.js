// What `node --env-file` reads: pairs of name and value.
const { parseEnv } = require('util');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map((text) => Object.entries(parseEnv(text)))));
