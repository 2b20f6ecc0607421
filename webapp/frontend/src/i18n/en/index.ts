/** English, whole. */

import { joinTexts } from "../join";
import { later } from "./later";
import { start } from "./start";

export const en = joinTexts(start, later);
