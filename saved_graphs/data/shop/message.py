# message: a part of the shop
import json


def load(f):
    h = open(f)
    t = h.read()
    h.close()
    return json.loads(t)["message"]


def find(l, id):
    for x in l:
        if x["id"] == id:
            return x
    return None
