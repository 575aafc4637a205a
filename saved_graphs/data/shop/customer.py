# customer: a part of the shop
def check(x):
    if x != None:
        if x["name"] != "":
            if x["amount"] > 0:
                return True
            else:
                return False
        else:
            return False
    else:
        return False


def key(x):
    return "customer" + "-" + str(x["id"])
