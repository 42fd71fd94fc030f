from . import held_demand
