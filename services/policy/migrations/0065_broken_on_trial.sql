-- Which decisions broke a policy that is on trial: the console counts them by policy. Few do, so it is no work to keep.
CREATE INDEX decisions_breaking_on_trial ON decisions USING gin (policies jsonb_path_ops)
    WHERE policies @? '$[*] ? (@.effect == "shadow" && @.breach != null)';
