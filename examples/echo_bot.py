"""A bot that answers everybody with their own words. Before it: `export HONGYAN_TOKEN=$(hongyan token --user echo)`."""

from hongyan import Client

client = Client(state="echo_bot.json")  # remembers how far it came: a restart misses nothing and answers nothing twice


@client.on_message
def echo(message):
    """Answer one message where it was said."""
    client.reply(message, message.body)


@client.on_notice
def befriend(notice):
    """Accept everybody who asks."""
    if notice.fields["type"] == "friend_request":
        client.api.accept(notice.fields["id"])


client.run()
