-- What every REST request passes first.

create function private.check_request() returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- Tokens for the browser's realtime connection are readable by scripts: they open no data.
  if nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'use' = 'realtime' then
    raise sqlstate 'PT403' using message = 'This token is for realtime only.', hint = 'realtime_token';
  end if;
end
$$;
comment on function private.check_request() is 'Refuses requests whose token was minted for realtime.';
grant execute on function private.check_request() to anon, authenticated, service_role;

alter role authenticator set pgrst.db_pre_request = 'private.check_request';
notify pgrst, 'reload config';
notify pgrst, 'reload schema';
