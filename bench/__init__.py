"""`make bench`: Hongyan, Debian's Mosquitto and plain amqtt in alternation on one machine, compared in the same run."""
