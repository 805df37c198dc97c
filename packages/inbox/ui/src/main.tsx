import { render } from "preact";
import { App } from "./shell/app.tsx";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/list.css";
import "./styles/mail.css";
import "./styles/preview.css";
import "./styles/parts.css";
import "./styles/events.css";
import "./styles/panels.css";

const root = document.getElementById("root");
if (root !== null) render(<App />, root);
