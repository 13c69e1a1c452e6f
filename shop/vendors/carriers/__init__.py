"""快递100 (api.kuaidi100.com), one way to all carriers: waybills, and tracking asked or pushed."""
