// The live region, which is read aloud and shown.

const message = document.getElementById("message");

/** Say something, in place of what was said before. */
export function say(text) {
  message.textContent = text;
}
