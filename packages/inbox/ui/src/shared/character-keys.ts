/**
 * Whether keys of one character do something. Who speaks to the browser sets them off unawares, and can switch them off
 * (WCAG 2.2, 2.1.4). Kept in this browser.
 */
const setting = "mail-inbox-character-keys";

let isOn = read();

export function characterKeysAreOn(): boolean {
  return isOn;
}

export function switchCharacterKeys(on: boolean): void {
  isOn = on;
  try {
    localStorage.setItem(setting, on ? "on" : "off");
  } catch {
    // A browser that keeps nothing has it until the page is left.
  }
}

function read(): boolean {
  try {
    return localStorage.getItem(setting) !== "off";
  } catch {
    return true;
  }
}
