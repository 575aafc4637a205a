# brand: a part of the shop
def get(d):
    l = []
    for i in range(len(d)):
        if d[i]["kind"] == "brand":
            l.append(d[i])
    return l


def show(x):
    return "brand %s: %s" % (x["id"], x["name"])
