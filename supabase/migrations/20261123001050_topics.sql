-- Who may join which topic, and what they may send there (docs/decisions/002).

create function private.may_join(topic text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  part constant text := '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})';
  names constant text[] := coalesce(
    regexp_match(topic, '^org:' || part || '$'), regexp_match(topic, '^member:' || part || ':' || part || '$'));
begin
  if names is null or not private.session_satisfies(false, null) then
    return false;
  end if;
  if names[2] is not null then
    return names[2]::uuid = private.actor() and names[1]::uuid in (select private.my_orgs());
  end if;
  return exists (
    select from private.memberships m
    where m.org_id = any (array[names[1]::uuid]) and private.reads_everything(m.org_id, m.role_id)
  );
end
$$;
comment on function private.may_join(text) is 'Whether the caller may be in a private topic: the workspace''s for those who read everything, else their own.';
grant execute on function private.may_join(text) to authenticated;

create policy "members hear what they may know" on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and (select private.may_join(realtime.topic())));
-- Whoever views the app as somebody else listens like them, and is not there.
create policy "members show their presence" on realtime.messages for insert to authenticated
  with check (extension = 'presence' and (select private.may_join(realtime.topic())) and (select private.viewed_org()) is null);
