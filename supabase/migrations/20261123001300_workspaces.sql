-- Making a workspace: its row, the four roles, the first admin, the default pipeline, in one transaction.

create function private.default_rights() returns table (role_key text, resource text, action text, scope text)
language sql immutable security invoker set search_path = ''
as $$
  select 'admin', s.resource, s.action, 'all'
  from (values
    ('organizations', 'update'), ('organizations', 'manage'),
    ('members', 'create'), ('members', 'update'), ('members', 'delete'),
    ('roles', 'create'), ('roles', 'update'), ('roles', 'delete'),
    ('teams', 'create'), ('teams', 'update'), ('teams', 'delete'),
    ('pipelines', 'create'), ('pipelines', 'update'), ('pipelines', 'delete'),
    ('custom_fields', 'create'), ('custom_fields', 'update'), ('custom_fields', 'delete')
  ) s (resource, action)
  union all
  select r.role_key, k.resource, r.action, r.scope
  from (values ('companies'), ('contacts'), ('deals')) k (resource)
  cross join (values
    ('admin', 'read', 'all'), ('admin', 'create', 'all'), ('admin', 'update', 'all'),
    ('admin', 'delete', 'all'), ('admin', 'export', 'all'), ('admin', 'import', 'all'), ('admin', 'assign', 'all'),
    ('manager', 'read', 'all'), ('manager', 'create', 'all'), ('manager', 'update', 'all'),
    ('manager', 'delete', 'all'), ('manager', 'export', 'all'), ('manager', 'import', 'all'), ('manager', 'assign', 'all'),
    ('sales', 'read', 'all'), ('sales', 'create', 'team'), ('sales', 'update', 'team'),
    ('sales', 'export', 'own'), ('sales', 'import', 'team'), ('sales', 'assign', 'team'),
    ('viewer', 'read', 'all')
  ) r (role_key, action, scope)
  union all
  select r.role_key, 'contact_private', r.action, r.scope
  from (values
    ('admin', 'read', 'all'), ('admin', 'update', 'all'), ('manager', 'read', 'all'), ('manager', 'update', 'all'),
    ('sales', 'read', 'own'), ('sales', 'update', 'own')
  ) r (role_key, action, scope)
  union all
  select k.role_key, 'analytics', 'read', 'all'
  from (values ('admin'), ('manager'), ('sales'), ('viewer')) k (role_key)
$$;
comment on function private.default_rights() is 'What the four predefined roles may do in a new workspace.';

create function private.add_default_roles(org uuid) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.roles (org_id, key, name, description, is_system) values
    (org, 'admin', 'Admin', 'Everything, members and settings included.', true),
    (org, 'manager', 'Manager', 'All records and the analytics.', true),
    (org, 'sales', 'Sales', 'Reads all records, creates and edits own and team records.', true),
    (org, 'viewer', 'Viewer', 'Reads everything, changes nothing.', true);
  insert into public.role_permissions (org_id, role_id, resource, action, scope)
  select r.org_id, r.id, d.resource, d.action, d.scope
  from public.roles r
  join private.default_rights() d on d.role_key = r.key
  where r.org_id = org;
$$;
comment on function private.add_default_roles(uuid) is 'Copies the four predefined roles into a workspace.';

create function private.free_slug(workspace_name text) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stem text := left(btrim(regexp_replace(lower(workspace_name), '[^a-z0-9]+', '-', 'g'), '-'), 40);
  candidate text;
begin
  stem := btrim(stem, '-');
  if char_length(stem) < 2 then
    stem := 'workspace';
  end if;
  candidate := stem;
  while private.is_reserved_slug(candidate) or exists (select from public.organizations o where o.slug = candidate) loop
    candidate := stem || '-' || substr(md5(gen_random_uuid()::text), 1, 6);
  end loop;
  return candidate;
end
$$;
comment on function private.free_slug(text) is 'An address made of a workspace''s name that nobody has yet.';

create function public.create_workspace(workspace_name text, workspace_currency text default 'USD') returns public.organizations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  made public.organizations;
begin
  if private.actor() is null then
    raise exception 'A workspace is made by a signed-in person.' using errcode = '42501';
  end if;
  -- One account cannot fill the database with workspaces; the lock keeps parallel requests from passing together.
  perform pg_advisory_xact_lock(hashtextextended('create_workspace:' || private.actor(), 0));
  if (select count(*) from public.organizations o where o.created_by = private.actor()) >= 50 then
    raise exception 'You have made 50 workspaces already.' using errcode = 'P0001', hint = 'too_many_workspaces';
  end if;
  insert into public.organizations (name, slug, currency)
  values (btrim(workspace_name), private.free_slug(workspace_name), upper(btrim(workspace_currency)))
  returning * into made;
  perform private.add_default_roles(made.id);
  insert into public.members (org_id, user_id, role_id)
  select r.org_id, private.actor(), r.id from public.roles r where r.org_id = made.id and r.key = 'admin';
  update public.organizations o set owner_id = private.actor() where o.id = made.id returning * into made;
  perform private.add_default_pipeline(made.id);
  return made;
end
$$;
comment on function public.create_workspace(text, text) is
  'Makes a workspace with the four roles and the default pipeline; the caller becomes its owner and first admin.';
grant execute on function public.create_workspace(text, text) to authenticated;
