// Makes elements. Text from a scan becomes text nodes and nothing else: this page parses no markup.
'use strict';

// What could turn the direction of text, or hides: shown as what it is.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function visible(text) {
  return String(text).replace(UNSAFE, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? '' : visible(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === '') continue;
    node.append(child instanceof Node ? child : visible(child));
  }
  return node;
}

function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

// A link that tells the other side nothing; what is no web address stays text.
function link(address, text) {
  if (!/^https?:\/\//.test(address)) return text === undefined ? address : text;
  return el('a', { href: address, target: '_blank', rel: 'noreferrer noopener' }, text || address);
}

function button(text, click, attributes = {}) {
  return el('button', { type: 'button', ...attributes, click }, text);
}

function number(n) {
  return n.toLocaleString('en-US');
}

function count(n, noun, nouns) {
  return `${number(n)} ${n === 1 ? noun : nouns || `${noun}s`}`;
}

function size(bytes) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  while (bytes >= 1023.95 && at < units.length - 1) { bytes /= 1024; at += 1; }
  return `${at ? bytes.toFixed(1) : number(bytes)} ${units[at]}`;
}

function day(time) {
  return time ? time.slice(0, 10) : '';
}

// Says to people and to screen readers what happened.
function say(text) {
  const status = document.getElementById('said');
  status.textContent = visible(text);
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { status.textContent = ''; }, 4000);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page from a file has no clipboard in some browsers.
    const area = el('textarea', { class: 'offscreen', 'aria-hidden': 'true' });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    if (focused) focused.focus();
  }
  say(`Copied ${what}`);
}
