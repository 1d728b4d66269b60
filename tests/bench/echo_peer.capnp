@0xb3f1c2a94d5e6f70;
# The same call for Cap'n Proto, which takes a schema of its own.

interface Echo {
  echo @0 (data :Data) -> (data :Data);
}
