# Takes the texts of a purge plan out of names: of files, branches and tags, of authors. No value stands here.
# For --filename-callback, --refname-callback, --name-callback and --email-callback of git-filter-repo: the body of a
# function of one argument, which each calls otherwise. Each text becomes REMOVED- and its number in the plan, so that
# two names stay two.
text = next(iter(locals().values()))
known = globals().setdefault('known', {})
if text is None or text in known:
  return known.get(text)
texts = globals().setdefault('texts', [])
if not texts:
  with open({{plan}}, 'rb') as plan:
    for line in plan.read().split(b'\n'):
      line = line.removesuffix(b'\r')
      old = line.rpartition(b'==>')[0] if b'==>' in line else line
      if old.startswith(b'regex:'):
        texts.append(re.compile(old[len(b'regex:'):]))
      elif old:
        texts.append(re.compile(re.escape(old.removeprefix(b'literal:'))))
new = text
for number, old in enumerate(texts, 1):
  new = old.sub(b'REMOVED-%d' % number, new)
known[text] = new
return new
