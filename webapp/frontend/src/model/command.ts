/** The line that a person pastes into a terminal to try a new token. */

import type { MqttToken } from "../contract/api";
import { type ConversationKey, sendTopic } from "../contract/topics";

/** Passwords are url-safe base64 and names hold no special characters, so nothing needs more than plain quotes. */
export function publishCommand(tcp: MqttToken["tcp"], account: string, password: string, to: ConversationKey): string {
	const tls = tcp.tls ? " --tls-use-os-certs" : "";
	return `mosquitto_pub -h ${tcp.host} -p ${tcp.port}${tls} -u ${account} -P '${password}' -q 1 -t ${sendTopic(account, to)} -m 21.5`;
}
