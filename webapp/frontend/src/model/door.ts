/** What stands at the door: which step of coming in is shown, and who may make an account. */

import type { Site } from "../contract/door";
import type { Route } from "./route";

/** What somebody at the door wants, as long as the address does not say it. */
export type Wish = "signIn" | "signUp" | "forgot";
export type Step = Wish | "reset" | "confirm" | "code" | "name" | "failed";

/** Until the server has told. */
export const UNKNOWN_SITE: Site = { registration: "open", email: "off", provider: null, passkeys: false, reset: false };

export function doorStep(route: Route, wish: Wish): Step {
	if (route.page === "reset" || route.page === "confirm") return route.page;
	return route.page === "sign-in" ? route.step : wish;
}

/** `form`: here and now; else what to say instead. */
export type SignUpOffer = "form" | "byInvitation" | "closed";

export function offerSignUp({ registration }: Site, invited: boolean): SignUpOffer {
	if (registration === "open" || (registration === "invite" && invited)) return "form";
	return registration === "invite" ? "byInvitation" : "closed";
}
