# region: a part of the shop
def get(d):
    l = []
    for i in range(len(d)):
        if d[i]["kind"] == "region":
            l.append(d[i])
    return l


def show(x):
    return "region %s: %s" % (x["id"], x["name"])
