"""What we say to people, in Chinese and English, by code: what happened, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from typing import Final, Literal, NamedTuple

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


class Text(NamedTuple):
    """One sentence or two; `{limit}` and `{wait_s}` are filled in."""

    zh: str
    en: str


# code of a `Problem` or of `hongyan.errors.Code` → what we say; some codes are both.
TEXTS: Final[dict[str, Text]] = {
    # --- the request itself
    "malformed_json": Text(
        "请求不是有效的 JSON，请检查后再发。", "This is not valid JSON. Check it and send it again."
    ),
    "not_json": Text(
        "请以 JSON 格式发送，并加上 Content-Type: application/json。",
        "Please send JSON, with Content-Type: application/json.",
    ),
    "missing_field": Text("缺少必填项，请补上后再试。", "A required field is missing. Fill it in and try again."),
    "malformed_field": Text(
        "这一项的格式不对，请检查后再试。", "This field is not in the right form. Check it and try again."
    ),
    "unknown_field": Text(
        "请求里有我们不认识的字段，请去掉后再试。",
        "There is a field here that we do not know. Remove it and try again.",
    ),
    "malformed_name": Text(
        "名字需为 2 到 32 个字符：小写字母、数字、“_”或“-”，以字母或数字开头。",
        "A name has 2 to 32 characters: small letters, digits, “_” or “-”, and starts with a letter or a digit.",
    ),
    "reserved_name": Text(
        "这个名字留给系统使用，请换一个。", "This name is kept for the system. Please choose another one."
    ),
    "malformed_display_name": Text(
        "请填写 1 到 64 个可见字符。", "Please use 1 to 64 visible characters, and not only spaces."
    ),
    "weak_password": Text(
        "密码需为 8 到 256 个字符；一句好记的话就很好。",
        "A password has 8 to 256 characters. A sentence that you remember is a good one.",
    ),
    "too_large": Text(
        "内容太大了，请缩短或分几次发送。", "This is too large. Make it shorter, or send it in several parts."
    ),
    # --- who asks
    "not_signed_in": Text("请先登录。", "Please sign in first."),
    "bad_credentials": Text(
        "用户名或密码不对，请再试一次。", "The name or the password is not right. Please try again."
    ),
    "token_expired": Text("令牌已过期，请重新获取。", "This token has expired. Ask for a new one."),
    "token_invalid": Text(
        "令牌无效或已被撤销，请重新登录或新建令牌。",
        "This token is not valid, or was revoked. Sign in again or make a new token.",
    ),
    "csrf": Text("页面可能已过期，请刷新后再试。", "This page may be out of date. Reload it and try again."),
    "forbidden_origin": Text(
        "请求来自别的网站，已被拒绝。请从本站页面操作。",
        "This request came from another site and was refused. Please use this site's own pages.",
    ),
    "account_disabled": Text(
        "这个账号已停用，请联系管理员。", "This account is disabled. Please ask the administrator."
    ),
    # --- what it names
    "unknown_account": Text("没有找到这个人，请检查名字。", "We know nobody by this name. Please check the spelling."),
    "unknown_group": Text(
        "没有找到这个群，或你不在群里；可以请群主邀请你。",
        "There is no such group, or you are not in it. Its owner can add you.",
    ),
    "unknown_request": Text(
        "这个好友请求不存在或已处理，请刷新列表。",
        "This friend request does not exist or is already answered. Reload the list.",
    ),
    "unknown_token": Text("没有找到这个令牌，请刷新列表。", "There is no such token. Reload the list."),
    "unknown_conversation": Text(
        "没有找到这个会话，请检查名字。", "There is no such conversation of yours. Please check the name."
    ),
    "name_taken": Text("这个名字已被使用，请换一个。", "This name is taken. Please choose another one."),
    # --- what stands between people
    "request_to_self": Text(
        "不能加自己为好友，请填写别人的名字。", "You cannot befriend yourself. Enter somebody else's name."
    ),
    "already_friends": Text("你们已经是好友，直接聊天吧。", "You are friends already. Just say hello."),
    "already_requested": Text("请求已经发出，请等对方回应。", "You have asked already. Please wait for the answer."),
    "blocked": Text(
        "对方不接收你的消息，这次没有送出。", "This person does not accept messages from you; nothing was sent."
    ),
    "you_blocked": Text(
        "你已屏蔽对方，解除屏蔽后即可继续。", "You have blocked this person. Unblock them first, then try again."
    ),
    "not_friends": Text("你们还不是好友，请先发送好友请求。", "You are not friends yet. Send a friend request first."),
    "block_self": Text("不能屏蔽自己，请填写别人的名字。", "You cannot block yourself. Enter somebody else's name."),
    "already_member": Text("对方已经在群里了。", "This person is in the group already; nothing to do."),
    "not_a_member": Text(
        "对方不在群里，请刷新成员列表。", "This person is not in the group. Reload the list of members."
    ),
    "not_owner": Text(
        "只有群主或管理员可以这样做，请联系他们。", "Only the group's owner or an admin may do this. Please ask them."
    ),
    # --- registration, mail and sign-in
    "confusable_name": Text(
        "这个名字太像别的名字，或混用了看起来一样的文字，容易认错，请换一个。",
        "This name is too easily mistaken for another one. Choose one that looks different, in one script.",
    ),
    "registration_closed": Text(
        "本站不开放注册，请联系管理员。", "This server takes no new accounts. Please ask its administrator for one."
    ),
    "invitation_needed": Text(
        "注册需要邀请链接，请向管理员索取。",
        "You need an invitation link to register here. Please ask the administrator for one.",
    ),
    "email_needed": Text(
        "本站要求填写邮箱，请填写后再试。", "This server asks for an e-mail address. Fill it in and try again."
    ),
    "malformed_email": Text(
        "这个邮箱地址不对，请按 name@example.org 的样子填写。",
        "This is not an e-mail address that we can write to. It should look like name@example.org.",
    ),
    "no_mail": Text(
        "本站不发送邮件，请联系管理员。", "This server sends no e-mail. Please ask the administrator instead."
    ),
    "invalid_link": Text(
        "这个链接无效、已用过或已过期，请索取新的链接。",
        "This link is not valid, was used already, or has expired. Please ask for a new one.",
    ),
    "unknown_link": Text("没有找到这个链接，请刷新列表。", "There is no such link. Reload the list."),
    # --- second factors, passkeys, providers
    "email_unconfirmed": Text(
        "请先打开我们发到你邮箱的确认链接，然后再登录。",
        "Please open the link in the mail that we sent you first, then sign in.",
    ),
    "second_factor_required": Text(
        "请输入验证器应用显示的验证码，或一个恢复码。",
        "Please enter the code that your authenticator app shows, or a recovery code.",
    ),
    "wrong_code": Text(
        "验证码不对，或已经用过。请等下一个验证码再试。",
        "This code is not right, or was used already. Please wait for the next one and try again.",
    ),
    "sign_in_again": Text(
        "为了安全，请先退出并重新登录，十分钟内再试。",
        "To be sure that it is you: sign out, sign in again, and try within ten minutes.",
    ),
    "second_factor_on": Text(
        "两步验证已经开启；要换新设备，请先关闭再重新开启。",
        "The second factor is on already. To use another app, turn it off first, then on again.",
    ),
    "second_factor_off": Text(
        "两步验证没有开启，请先设置验证器应用。",
        "The second factor is not on. Set up an authenticator app first.",
    ),
    "passkey_invalid": Text(
        "通行密钥没有通过验证，请重试，或用密码登录。",
        "This passkey was not accepted. Try again, or sign in with your password.",
    ),
    "unknown_passkey": Text(
        "没有找到这个通行密钥，请刷新列表。", "There is no such passkey of yours. Reload the list."
    ),
    "unknown_identity": Text(
        "没有找到这个关联账号，请刷新列表。", "There is no such linked sign-in of yours. Reload the list."
    ),
    "identity_taken": Text(
        "这个外部账号已关联到别的账号，请直接用它登录。",
        "This sign-in belongs to an account already. Sign in with it instead.",
    ),
    "last_way_in": Text(
        "这是你唯一的登录方式。请先设置密码或添加别的方式。",
        "This is your only way in. Set a password or add another way first.",
    ),
    "no_provider": Text(
        "本站没有设置外部登录，请用密码或通行密钥登录。",
        "This server has no outside sign-in. Use your password or a passkey.",
    ),
    "not_pending": Text(
        "登录已超时或已完成，请重新登录。", "This sign-in took too long or is done already. Please sign in again."
    ),
    # --- profile, devices, bots
    "unknown_device": Text(
        "没有找到这个设备，可能已经退出；请刷新列表。",
        "There is no such device; it may be signed out already. Reload the list.",
    ),
    "unknown_session": Text(
        "没有找到这个 MQTT 会话，请刷新列表。", "There is no such MQTT session of yours. Reload the list."
    ),
    "unknown_bot": Text(
        "你没有这个名字的机器人或设备，请刷新列表。",
        "You have no bot or device by this name. Reload the list.",
    ),
    "persons_only": Text(
        "机器人和设备不能这样做，请由它的主人操作。",
        "A bot or a device cannot do this. Please let its owner do it.",
    ),
    "not_a_picture": Text(
        "请直接发送图片：PNG、JPEG、WebP 或 GIF，并注明类型。",
        "Send the picture itself: PNG, JPEG, WebP or GIF, with its Content-Type.",
    ),
    "bad_picture": Text(
        "无法读取这张图片，请换一张 PNG、JPEG、WebP 或 GIF。",
        "This picture cannot be read. Choose another PNG, JPEG, WebP or GIF.",
    ),
    "picture_too_large": Text(
        "图片太大了（最多 5000 万像素，动图按所有帧合计；头像最多 5 MB），请缩小后再试。",
        "This picture is too large: 50 megapixels at most, of all frames together, and 5 MB for a profile picture. "
        "Make it smaller and try again.",
    ),
    "no_picture": Text("这里没有图片，请显示名字。", "There is no picture here. Show the name instead."),
    # --- administration and reports
    "not_permitted": Text(
        "这需要管理员在浏览器里登录后操作，请联系管理员。",
        "Only an administrator who is signed in with a browser may do this. Please ask one.",
    ),
    "not_a_person": Text(
        "这是机器人或设备的账号，请改用它主人的账号。",
        "This account is a bot or a device. Choose the account of its owner.",
    ),
    "last_admin": Text(
        "这是最后一位管理员，请先任命另一位。",
        "This is the last administrator. Make somebody else one first.",
    ),
    "everyone_stays": Text(
        "这个频道属于所有人，不能退出或移出；可以把它静音。",
        "Everybody is in this channel, and nobody leaves it. You can mute it.",
    ),
    "report_self": Text("不能举报自己，请填写别人的名字。", "You cannot report yourself. Enter somebody else's name."),
    "unknown_report": Text("没有这条待处理的举报，请刷新列表。", "There is no such open report. Reload the list."),
    "unknown_message": Text(
        "找不到这条消息，请从会话里选择。", "There is no such message for you. Choose it in the conversation."
    ),
    # --- contacts and links
    "request_too_soon": Text(
        "不久前你已经向对方发过请求，请在 {wait_h} 小时后再试。",
        "You asked this person not long ago. Please try again in {wait_h} hours.",
    ),
    "unknown_label": Text("没有这个标签，请刷新列表。", "You have no such label. Reload the list."),
    # --- groups
    "owner_only": Text("只有群主可以这样做，请联系群主。", "Only the group's owner may do this. Please ask the owner."),
    "outranked": Text(
        "对方是群主或管理员，请联系群主。", "This person is the group's owner or an admin. Please ask the owner."
    ),
    "not_yourself": Text("不能对自己这样做，请选择别人。", "You cannot do this to yourself. Choose somebody else."),
    "member_banned": Text(
        "对方已被禁止进群，请先由管理员解除。",
        "This person is banned from the group. An admin has to lift the ban first.",
    ),
    "banned": Text(
        "你已被禁止进入这个群，请联系群管理员。", "You are banned from this group. Please ask one of its admins."
    ),
    "joins_closed": Text(
        "这个群现在不能通过链接加入，请成员邀请你。",
        "Nobody joins this group by a link at present. Ask somebody in it to add you.",
    ),
    "unknown_join_request": Text(
        "这个入群申请不存在或已处理，请刷新列表。",
        "This request to join does not exist or is already answered. Reload the list.",
    ),
    # --- limits and the server
    "too_many": Text(
        "已达到上限（{limit}），请先清理一些再试。",
        "The limit of {limit} is reached. Remove some first, then try again.",
    ),
    "rate_limited": Text(
        "操作太快了，请稍等一会儿再试。", "That was a little too fast. Please wait a moment and try again."
    ),
    "broker_not_ready": Text(
        "消息服务正在准备你的账号，请稍后再试。",
        "The message broker is still getting your account ready. Please try again in a moment.",
    ),
    "store_unavailable": Text(
        "数据库现在不能使用，什么也没有更改。请稍等几秒再试。",
        "The database cannot be used right now; nothing was changed. Please try again in a few seconds.",
    ),
    "not_found": Text("这里什么也没有，请检查地址。", "There is nothing here. Please check the address."),
    "method_not_allowed": Text(
        "这个地址不支持这种操作，请查看接口文档。",
        "This address does not take this method. Please see the API description.",
    ),
    "internal": Text(
        "服务器出错了，我们已记录。请稍后再试。",
        "Something went wrong on our side and was logged. Please try again later.",
    ),
    # --- refusals of messages only
    "not_member": Text(
        "你不在这个群里，消息没有送出；可以请群主邀请你。",
        "You are not in this group, so nothing was sent. Its owner can add you.",
    ),
    "muted": Text("你在这个群里被禁言，请联系群主。", "You are muted in this group. Please ask its owner."),
    "announcements_only": Text(
        "这里只有群主和管理员可以发言，消息没有送出。",
        "Only the owner and the admins write here, so nothing was sent.",
    ),
    "out_of_scope": Text(
        "主人没有允许这个机器人或设备在这里发言；可以在“机器人与设备账号”里修改。",
        "Its owner does not let this bot or device write here. They can change that under “Bots and devices”.",
    ),
    "malformed": Text(
        "消息的格式不对，没有送出。请检查后再发。",
        "The message is not in the right form and was not sent. Check it and try again.",
    ),
    "id_reused": Text(
        "这个消息编号已用在别的会话里，请换一个新编号。",
        "This message id was used in another conversation. Send it with a new id.",
    ),
    "forbidden_topic": Text(
        "这个主题不能发布。请使用 im/你的名字/send/…。",
        "You may not publish to this topic. Use im/{{your name}}/send/….",
    ),
    # --- kinds of message and marks
    "unknown_sticker": Text(
        "没有这张贴纸，请从贴纸面板里选择。", "There is no such sticker. Choose one in the picker."
    ),
    "not_yours": Text(
        "这是别人的消息，只有发送者可以这样做；可以请对方来改。",
        "This is somebody else's message. Only its sender can do this; you can ask them.",
    ),
    "not_editable": Text(
        "这种消息不能编辑；可以撤回后重新发送。",
        "This kind of message cannot be edited. You can take it back and send another one.",
    ),
    "admins_only": Text(
        "在这个群里只有群主和管理员可以这样做，请联系他们。",
        "In this group only the owner and the admins may do this. Please ask them.",
    ),
    "too_late": Text(
        "已经超过时限，没有更改。可以再发一条消息说明。",
        "It is too late for this; nothing was changed. You can send another message instead.",
    ),
    "already_voted": Text(
        "你已经投过票了；请先撤回再投。", "You have voted already. Take your vote back first, then vote again."
    ),
    "past_time": Text("这个时间不行，请选一年之内的将来。", "Choose a time that is to come, within a year."),
    # --- files
    "unknown_file": Text(
        "找不到这个文件，或它还没有上传完；请重新上传。",
        "There is no such file of yours, or it is not whole yet. Upload it again.",
    ),
    "unknown_upload": Text(
        "没有这个上传任务，或它已过期，请重新上传。",
        "There is no such upload of yours, or its time is over. Begin again.",
    ),
    "file_too_large": Text(
        "文件太大了（最多 {limit} MiB），请压缩或分成几个再传。",
        "This file is too large: {limit} MiB at most. Compress it or send it in parts.",
    ),
    "quota_full": Text(
        "你的空间（{limit} MiB）不够了，请先撤回一些旧文件。",
        "Your storage of {limit} MiB is full. Take back some old files first.",
    ),
    "wrong_offset": Text(
        "上传的位置不对；请先查询已上传到哪里，再从那里继续。",
        "The upload does not stand there. Ask how far it is (HEAD), and go on from that offset.",
    ),
    "upload_too_long": Text(
        "上传的数据比开始时说的长，请按正确的大小重新上传。",
        "More bytes came than were announced. Begin a new upload with the right size.",
    ),
    "upload_busy": Text(
        "这个文件正由另一个连接上传，请稍等一下再继续。",
        "Another connection is sending this upload. Wait a moment, then go on.",
    ),
    "not_octets": Text(
        "请用 application/offset+octet-stream 发送文件的内容。",
        "Send the bytes of a file as application/offset+octet-stream, with a Content-Length.",
    ),
    "tus_version": Text(
        "不支持这个上传协议版本，请使用 tus 1.0.0。",
        "Uploads follow tus 1.0.0. Send the header Tus-Resumable with this version.",
    ),
    "bad_range": Text("这个文件没有这么长，请从头下载。", "The file is not that long. Fetch it from its beginning."),
    "files_unavailable": Text(
        "文件现在无法存取，请稍后再试；已上传的部分还在。",
        "Files cannot be stored or read right now. Try again in a moment; what you have uploaded stays.",
    ),
    # --- stickers and previews
    "unknown_pack": Text(
        "没有这个贴纸包，可能已被删除；请换一个。", "There is no such pack, or not any longer. Choose another one."
    ),
    "not_your_pack": Text(
        "这是别人的贴纸包，只有它的作者可以修改；你可以自己新建一个。",
        "This is somebody else's pack. Only who made it can change it; you can make one of your own.",
    ),
    # --- search and history
    # --- scheduled messages, drafts, receipts
    "unknown_scheduled": Text(
        "这条定时消息已经发出，或已被取消；请刷新列表。",
        "This message was sent already, or is not to be sent any more. Reload the list.",
    ),
    # --- export and import
    "bad_archive": Text(
        "读不懂这个文件。请确认选对了来源，并按说明重新导出。",
        "This file cannot be read. Check that the source is right, and export it again as the guide says.",
    ),
    "archive_too_large": Text(
        "文件太大了。请分成几段时间导出，再分别导入。",
        "This file is too large. Export shorter periods, and import them one after the other.",
    ),
    "unknown_import": Text("没有这个导入任务，请刷新后再看。", "There is no such import. Load the list again."),
    # --- web push
    "unknown_subscription": Text(
        "这个浏览器的通知已经关闭；请刷新后再看。",
        "Notifications of this browser are off already. Load the list again.",
    ),
    "push_off": Text(
        "这台服务器没有开启推送；页面打开时仍会有通知。需要的话，请联系管理员。",
        "This server sends no push messages; pages that are open still notify. Ask the administrator if you need them.",
    ),
    "not_pushed": Text(
        "浏览器的推送服务没有收下通知。请把通知关掉再打开；如果仍不行，请稍后再试。",
        "The browser's push service did not take it. Turn notifications off and on; if that does not help, try later.",
    ),
}


def say(code: str, language: str, **params: object) -> str:
    """The sentence for `code`; any language but `zh` is answered in English.

    Raises:
        KeyError: No such code.
    """
    text = TEXTS[code]
    template = text.zh if language == "zh" else text.en
    # A param that the caller left out must not turn a refusal into an error.
    return template.format_map(defaultdict(lambda: "…", params))
