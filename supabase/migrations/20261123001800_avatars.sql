-- Photos of people: one folder each in the bucket avatars, written by its person, seen by colleagues.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('avatars', 'avatars', false, 2097152, array['image/png', 'image/jpeg', 'image/webp'])
on conflict (id) do nothing;

-- Storage asks no private.check_request: what that does for REST happens here. Policies compare the bucket with this, so that Postgres asks it before it looks
-- for a file, whether or not there is one (docs/decisions/021).
create function private.photo_bucket() returns text
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'use' is not null or not private.session_satisfies(false, null) then
    return null;
  end if;
  perform private.remember_orgs();
  return 'avatars';
end
$$;
comment on function private.photo_bucket() is
  'The bucket of photos, null where the caller''s token opens no data: of an ended session, one that owes its second factor, or for realtime. Notes the caller and their workspaces.';
grant execute on function private.photo_bucket() to authenticated;

-- Asked per row and volatile, so that the rows of one statement count each other. A photo that is sent again takes no more room.
create function private.has_photo_room(object text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- A value, not an expression: only then can the index on names be used.
  pattern constant text := private.actor() || '/%';
begin
  return 5 > (
    select count(*) from storage.objects o where o.bucket_id = 'avatars' and o.name like pattern and o.name <> object);
end
$$;
comment on function private.has_photo_room(text) is 'Whether the caller''s folder has fewer than five other photos.';
grant execute on function private.has_photo_room(text) to authenticated;

-- Nothing but a person's id is looked for among the seats, whatever the secret key may have put beside the folders.
create policy "people see photos of colleagues" on storage.objects for select to authenticated
  using (
    bucket_id = (select private.photo_bucket())
    and case
      when starts_with(name, (select a.id || '/' from private.noted_actor a)) then starts_with(name, (select private.actor() || '/'))
      when name ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/'
      then exists (select from private.colleague_seats s where s.user_id = left(name, 36)::uuid offset 0)
    end);
create policy "people add their own photo" on storage.objects for insert to authenticated
  with check (
    bucket_id = (select private.photo_bucket()) and starts_with(name, (select private.actor() || '/'))
    and name ~ '^[^/]+/[^/]+$' and private.has_photo_room(name));
create policy "people replace their own photo" on storage.objects for update to authenticated
  using (bucket_id = (select private.photo_bucket()) and starts_with(name, (select private.actor() || '/')))
  with check (
    bucket_id = (select private.photo_bucket()) and starts_with(name, (select private.actor() || '/')) and name ~ '^[^/]+/[^/]+$');
create policy "people remove their own photo" on storage.objects for delete to authenticated
  using (bucket_id = (select private.photo_bucket()) and starts_with(name, (select private.actor() || '/')));
