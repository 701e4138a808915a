// Where the page begins.
import { render } from "preact";
import { App } from "./app/App.tsx";
import { begin } from "./app/begin.ts";
import "./ui/theme.css";
import "./app/app.css";

const root = document.getElementById("app");
if (root) render(<App />, root);
void begin();
