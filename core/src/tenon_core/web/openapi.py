"""x"""
def document(site, entities): return {}
