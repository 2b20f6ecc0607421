/** How the pages reach the broker: all tabs by one connection where the browser lets them agree. */

import { type OpenLine, ownLine } from "../net/line";
import { dialMqtt } from "../net/mqtt";
import { sharedLine } from "../net/tabs";
import { findTabs } from "./tabs";

const tabs = findTabs();

export const openLine: OpenLine = tabs ? sharedLine(tabs, dialMqtt) : ownLine(dialMqtt);
