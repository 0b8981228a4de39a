// What npm's dotenv reads: pairs of name and value.
const { parse } = require('dotenv');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map((text) => Object.entries(parse(text)))));
