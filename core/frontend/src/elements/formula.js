// Sums while typing: names, numbers, + - * / and brackets, without eval (the policy forbids it).
// The server computes anew with exact decimals; this is what is shown meanwhile.
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(.))/gy;

export function compile(text) {
  const tokens = [...text.matchAll(TOKEN)].filter(([whole]) => whole.trim());
  let at = 0;
  const sign = () => tokens[at]?.[3];
  const sum = () => {
    let left = product();
    while (sign() === "+" || sign() === "-") {
      const [minus, a] = [tokens[at++][3] === "-", left];
      const b = product();
      left = (value) => a(value) + (minus ? -b(value) : b(value));
    }
    return left;
  };
  const product = () => {
    let left = part();
    while (sign() === "*" || sign() === "/") {
      const [divide, a] = [tokens[at++][3] === "/", left];
      const b = part();
      left = (value) => (divide ? a(value) / b(value) : a(value) * b(value));
    }
    return left;
  };
  const part = () => {
    const [, number, name, mark] = tokens[at++] ?? [];
    if (number !== undefined) return () => Number(number);
    if (name !== undefined) return (value) => value(name);
    if (mark === "-") { const inner = part(); return (value) => -inner(value); }
    if (mark !== "(") throw new SyntaxError(`formula: ${text}`);
    const inner = sum();
    if (tokens[at++]?.[3] !== ")") throw new SyntaxError(`formula: ${text}`);
    return inner;
  };
  const found = sum();
  if (at !== tokens.length) throw new SyntaxError(`formula: ${text}`);
  return found;
}
