"""Pure decisions of this service: values and `now` in, values out."""
