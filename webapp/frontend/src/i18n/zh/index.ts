/** 简体中文，全部。 */

import { joinTexts } from "../join";
import { later } from "./later";
import { start } from "./start";

export const zh = joinTexts(start, later);
