"""ANSWER: what is sent out. One file per channel, behind the port `Responder`; no channel reaches a network yet."""
