import { mount } from "svelte";
import "./app.css";
import { browser } from "./platform/browser";
import App from "./view/App.svelte";
import { Ui } from "./view/ui.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target, props: { ui: new Ui(browser) } });
