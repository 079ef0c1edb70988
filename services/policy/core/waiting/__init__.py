"""The waiting list: who was refused because a space was taken is offered its time once that is free."""
