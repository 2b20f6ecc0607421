import { mount } from "svelte";
import "./app.css";
import { browser } from "./platform/browser";
import { keepInstallOffer } from "./platform/install";
import { lastIfInstalled } from "./platform/room";
import App from "./view/App.svelte";
import { Ui } from "./view/ui.svelte";

keepInstallOffer();
const target = document.getElementById("app");
if (target) mount(App, { target, props: { ui: await Ui.open(browser) } });
void lastIfInstalled();
