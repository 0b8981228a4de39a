"""What python-dotenv reads: pairs of name and value; a name without = has the value null."""

import json
import logging
import os
import sys
import tempfile

from dotenv import dotenv_values

logging.disable(logging.CRITICAL)
texts = json.load(sys.stdin)
os.environ.clear()
answers = []
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "env")
    for text in texts:
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        answers.append(list(dotenv_values(path).items()))
print(json.dumps(answers))
