/** What `Ui.loadRest` loads besides words: needed by the parts that come later, not by the start. One file. */

export { AccountApi } from "../net/account";
export { ContactsApi } from "../net/contacts";
export { GroupsApi } from "../net/groups";
export { later as laterIcons } from "./icons/later";
