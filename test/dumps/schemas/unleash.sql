-- Schema of Unleash 4.19.5, feature toggles (npm package unleash-server): all of its migrations, one
-- after the other, as db-migrate 0.11.13 sends them. Eight years of ALTER TABLE, with the changes of
-- rows between them.
-- Copyright of Unleash's authors. Licensed under the Apache License, Version 2.0; its text is in
-- LICENSE at the root of this project.
-- Changed: lines are indented anew, values stand in place of parameters, a made-up secret is zeros;
-- two DO blocks, which give rows to roles, and db-migrate's own rows are left out.

CREATE TABLE IF NOT EXISTS "migrations" ("id"   SERIAL PRIMARY KEY NOT NULL, "name" VARCHAR (255) NOT NULL, "run_on" TIMESTAMP  NOT NULL);

-- 20141020151056-initial-schema
BEGIN;
CREATE TABLE strategies (
  created_at timestamp default now(),
  name varchar(255) PRIMARY KEY NOT NULL,
  description text
);

CREATE TABLE features (
  created_at timestamp default now(),
  name varchar(255) PRIMARY KEY NOT NULL,
  enabled integer default 0,
  strategy_name varchar(255),
  parameters json
);

CREATE TABLE events (
  id serial primary key,
  created_at timestamp default now(),
  type varchar(255) NOT NULL,
  created_by varchar(255) NOT NULL,
  data json
);
COMMIT;

-- 20141110144153-add-description-to-features
BEGIN;
ALTER TABLE features ADD "description" text;
COMMIT;

-- 20141117200435-add-parameters-template-to-strategies
BEGIN;
ALTER TABLE strategies ADD "parameters_template" json;
COMMIT;

-- 20141117202209-insert-default-strategy
BEGIN;
INSERT INTO strategies(name, description)
VALUES ('default', 'Default on/off strategy.');
COMMIT;

-- 20141118071458-default-strategy-event
BEGIN;
INSERT INTO events(type, created_by, data)
VALUES ('strategy-created', 'migration', '{"name":"default","description":"Default on or off Strategy."}');
COMMIT;

-- 20141215210141-005-archived-flag-to-features
BEGIN;
ALTER TABLE features ADD archived integer DEFAULT 0;
COMMIT;

-- 20150210152531-006-rename-eventtype
BEGIN;
UPDATE events SET type='feature-revived' WHERE type='feature-revive';
UPDATE events SET type='feature-archived' WHERE type='feature-archive';
COMMIT;

-- 20160618193924-add-strategies-to-features
BEGIN;
--create new strategies-column
ALTER TABLE features ADD "strategies" json;

--populate the strategies column
UPDATE features
SET strategies = ('[{"name":"'||f.strategy_name||'","parameters":'||f.parameters||'}]')::json
FROM features as f
WHERE f.name = features.name;

--delete old strategy-columns
ALTER TABLE features DROP COLUMN "strategy_name";
ALTER TABLE features DROP COLUMN "parameters";
COMMIT;

-- 20161027134128-create-metrics
BEGIN;
CREATE TABLE client_metrics (
  id serial primary key,
  created_at timestamp default now(),
  metrics json
);
COMMIT;

-- 20161104074441-create-client-instances
BEGIN;
CREATE TABLE client_instances (
    app_name varchar(255),
    instance_id varchar(255),
    client_ip varchar(255),
    last_seen timestamp default now(),
    created_at timestamp default now()
);
COMMIT;

-- 20161205203516-create-client-applications
BEGIN;
CREATE TABLE  "client_applications" ("app_name" VARCHAR (255) PRIMARY KEY NOT NULL, "created_at" TIMESTAMP  DEFAULT 'now()', "updated_at" TIMESTAMP  DEFAULT 'now()', "seen_at" TIMESTAMP  , "strategies" JSON  , "description" VARCHAR (255) , "icon" VARCHAR (255) , "url" VARCHAR (255) , "color" VARCHAR (255) );
COMMIT;

-- 20161212101749-better-strategy-parameter-definitions
BEGIN;
ALTER TABLE "strategies" ADD COLUMN "parameters" JSON;
select name, parameters_template from strategies;
UPDATE strategies
SET parameters='[]'
WHERE name='default';
ALTER TABLE "strategies" DROP COLUMN "parameters_template";
COMMIT;

-- 20170211085502-built-in-strategies
BEGIN;
ALTER TABLE "strategies" ADD COLUMN "built_in" INTEGER  DEFAULT 0;
UPDATE strategies SET built_in=1 where name='default';
COMMIT;

-- 20170211090541-add-default-strategies
BEGIN;
INSERT INTO events (type, created_by, data)
SELECT 'strategy-created', 'migration', '{"name":"default","description":"Default on/off strategy.","parameters":[]}'
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'default'
);
INSERT INTO strategies (name, description, parameters, built_in)
SELECT 'default', 'Default on/off strategy.', '[]', 1
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'default'
);
INSERT INTO events (type, created_by, data)
SELECT 'strategy-created', 'migration', '{"name":"userWithId","description":"Active for users with a userId defined in the userIds-list","parameters":[{"name":"userIds","type":"list","description":"","required":false}]}'
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'userWithId'
);
INSERT INTO strategies (name, description, parameters, built_in)
SELECT 'userWithId', 'Active for users with a userId defined in the userIds-list', '[{"name":"userIds","type":"list","description":"","required":false}]', 1
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'userWithId'
);
INSERT INTO events (type, created_by, data)
SELECT 'strategy-created', 'migration', '{"name":"applicationHostname","description":"Active for client instances with a hostName in the hostNames-list.","parameters":[{"name":"hostNames","type":"list","description":"List of hostnames to enable the feature toggle for.","required":false}]}'
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'applicationHostname'
);
INSERT INTO strategies (name, description, parameters, built_in)
SELECT 'applicationHostname', 'Active for client instances with a hostName in the hostNames-list.', '[{"name":"hostNames","type":"list","description":"List of hostnames to enable the feature toggle for.","required":false}]', 1
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'applicationHostname'
);
INSERT INTO events (type, created_by, data)
SELECT 'strategy-created', 'migration', '{"name":"gradualRolloutRandom","description":"Randomly activate the feature toggle. No stickiness.","parameters":[{"name":"percentage","type":"percentage","description":"","required":false}]}'
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'gradualRolloutRandom'
);
INSERT INTO strategies (name, description, parameters, built_in)
SELECT 'gradualRolloutRandom', 'Randomly activate the feature toggle. No stickiness.', '[{"name":"percentage","type":"percentage","description":"","required":false}]', 1
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'gradualRolloutRandom'
);
INSERT INTO events (type, created_by, data)
SELECT 'strategy-created', 'migration', '{"name":"gradualRolloutSessionId","description":"Gradually activate feature toggle. Stickiness based on session id.","parameters":[{"name":"percentage","type":"percentage","description":"","required":false},{"name":"groupId","type":"string","description":"Used to define a activation groups, which allows you to correlate across feature toggles.","required":true}]}'
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'gradualRolloutSessionId'
);
INSERT INTO strategies (name, description, parameters, built_in)
SELECT 'gradualRolloutSessionId', 'Gradually activate feature toggle. Stickiness based on session id.', '[{"name":"percentage","type":"percentage","description":"","required":false},{"name":"groupId","type":"string","description":"Used to define a activation groups, which allows you to correlate across feature toggles.","required":true}]', 1
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'gradualRolloutSessionId'
);
INSERT INTO events (type, created_by, data)
SELECT 'strategy-created', 'migration', '{"name":"gradualRolloutUserId","description":"Gradually activate feature toggle for logged in users. Stickiness based on user id.","parameters":[{"name":"percentage","type":"percentage","description":"","required":false},{"name":"groupId","type":"string","description":"Used to define a activation groups, which allows you to correlate across feature toggles.","required":true}]}'
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'gradualRolloutUserId'
);
INSERT INTO strategies (name, description, parameters, built_in)
SELECT 'gradualRolloutUserId', 'Gradually activate feature toggle for logged in users. Stickiness based on user id.', '[{"name":"percentage","type":"percentage","description":"","required":false},{"name":"groupId","type":"string","description":"Used to define a activation groups, which allows you to correlate across feature toggles.","required":true}]', 1
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'gradualRolloutUserId'
);
INSERT INTO events (type, created_by, data)
SELECT 'strategy-created', 'migration', '{"name":"remoteAddress","description":"Active for remote addresses defined in the IPs list.","parameters":[{"name":"IPs","type":"list","description":"List of IPs to enable the feature toggle for.","required":true}]}'
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'remoteAddress'
);
INSERT INTO strategies (name, description, parameters, built_in)
SELECT 'remoteAddress', 'Active for remote addresses defined in the IPs list.', '[{"name":"IPs","type":"list","description":"List of IPs to enable the feature toggle for.","required":true}]', 1
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'remoteAddress'
);
COMMIT;

-- 20170306233934-timestamp-with-tz
BEGIN;
ALTER TABLE events ALTER COLUMN created_at TYPE TIMESTAMP WITH TIME ZONE;
ALTER TABLE features ALTER COLUMN created_at TYPE TIMESTAMP WITH TIME ZONE;
ALTER TABLE strategies ALTER COLUMN created_at TYPE TIMESTAMP WITH TIME ZONE;
ALTER TABLE client_applications ALTER COLUMN created_at TYPE TIMESTAMP WITH TIME ZONE;
ALTER TABLE client_applications ALTER COLUMN updated_at TYPE TIMESTAMP WITH TIME ZONE;
ALTER TABLE client_applications ALTER COLUMN seen_at TYPE TIMESTAMP WITH TIME ZONE;
ALTER TABLE client_instances ALTER COLUMN created_at TYPE TIMESTAMP WITH TIME ZONE;
ALTER TABLE client_instances ALTER COLUMN last_seen TYPE TIMESTAMP WITH TIME ZONE;
ALTER TABLE client_metrics ALTER COLUMN created_at TYPE TIMESTAMP WITH TIME ZONE;
COMMIT;

-- 20170628205541-add-sdk-version-to-client-instances
BEGIN;
ALTER TABLE client_instances ADD "sdk_version" varchar(255);
COMMIT;

-- 20190123204125-add-variants-to-features
BEGIN;
ALTER TABLE features ADD "variants" json;
ALTER TABLE features ALTER COLUMN "variants" SET DEFAULT '[]';
COMMIT;

-- 20191023184858-flexible-rollout-strategy
BEGIN;
INSERT INTO events (type, created_by, data)
SELECT 'strategy-created', 'migration', '{"name":"flexibleRollout","description":"Gradually activate feature toggle based on sane stickiness","parameters":[{"name":"rollout","type":"percentage","description":"","required":false},{"name":"stickiness","type":"string","description":"Used define stickiness. Possible values: default, userId, sessionId, random","required":true},{"name":"groupId","type":"string","description":"Used to define a activation groups, which allows you to correlate across feature toggles.","required":true}]}'
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'flexibleRollout'
);
INSERT INTO strategies (name, description, parameters, built_in)
SELECT 'flexibleRollout', 'Gradually activate feature toggle based on sane stickiness', '[{"name":"rollout","type":"percentage","description":"","required":false},{"name":"stickiness","type":"string","description":"Used define stickiness. Possible values: default, userId, sessionId, random","required":true},{"name":"groupId","type":"string","description":"Used to define a activation groups, which allows you to correlate across feature toggles.","required":true}]', 1
WHERE
    NOT EXISTS (
        SELECT name FROM strategies WHERE name = 'flexibleRollout'
);
COMMIT;

-- 20200102184820-create-context-fields
BEGIN;
CREATE TABLE  "context_fields" ("name" VARCHAR (255) PRIMARY KEY NOT NULL, "description" TEXT  , "sort_order" INTEGER  DEFAULT 10, "legal_values" TEXT  , "created_at" TIMESTAMP  DEFAULT 'now()', "updated_at" TIMESTAMP  DEFAULT 'now()');
INSERT INTO context_fields(name, description, sort_order) VALUES('environment', 'Allows you to constrain on application environment', 0);
INSERT INTO context_fields(name, description, sort_order) VALUES('userId', 'Allows you to constrain on userId', 1);
INSERT INTO context_fields(name, description, sort_order) VALUES('appName', 'Allows you to constrain on application name', 2);
COMMIT;

-- 20200227202711-settings
BEGIN;
CREATE TABLE  "settings" ("name" VARCHAR (255) PRIMARY KEY NOT NULL, "content" JSON  );
COMMIT;

-- 20200329191251-settings-secret
BEGIN;
INSERT INTO settings(name, content)
VALUES('unleash.secret', '"0000000000000000000000000000000000000000"');
COMMIT;

-- 20200416201319-create-users
BEGIN;
CREATE TABLE  "users" ("id"   SERIAL PRIMARY KEY NOT NULL, "name" VARCHAR (255) , "username" VARCHAR (255) UNIQUE, "system_id" VARCHAR (255) , "email" VARCHAR (255) UNIQUE, "image_url" VARCHAR (255) , "password_hash" VARCHAR (255) , "login_attempts" INTEGER  DEFAULT 0, "created_at" TIMESTAMP  DEFAULT 'now()', "seen_at" TIMESTAMP  );
COMMIT;

-- 20200429175747-users-settings
BEGIN;
ALTER TABLE users ADD "settings" json;
ALTER TABLE users ADD "permissions" json;
ALTER TABLE users ALTER COLUMN "permissions" SET DEFAULT '[]';
ALTER TABLE users DROP COLUMN "system_id";
COMMIT;

-- 20200805091409-add-feature-toggle-type
BEGIN;
CREATE TABLE  "feature_types" ("id" VARCHAR (255) PRIMARY KEY NOT NULL, "name" VARCHAR  NOT NULL, "description" VARCHAR  , "lifetime_days" INTEGER  );
INSERT INTO feature_types(id, name, description, lifetime_days) VALUES('release', 'Release', 'Used to enable trunk-based development for teams practicing Continuous Delivery.', 40);
INSERT INTO feature_types(id, name, description, lifetime_days) VALUES('experiment', 'Experiment', 'Used to perform multivariate or A/B testing.', 40);
INSERT INTO feature_types(id, name, description, lifetime_days) VALUES('operational', 'Operational', 'Used to control operational aspects of the system behavior.', 7);
INSERT INTO feature_types(id, name, description, lifetime_days) VALUES('kill-switch', 'Kill switch', 'Used to to gracefully degrade system functionality.', null);
INSERT INTO feature_types(id, name, description, lifetime_days) VALUES('permission', 'Permission', 'Used to change the features or product experience that certain users receive.', null);
COMMIT;

-- 20200805094311-add-feature-type-to-features
BEGIN;
ALTER TABLE "features" ADD COLUMN "type" VARCHAR  DEFAULT 'release';
COMMIT;

-- 20200806091734-add-stale-flag-to-features
BEGIN;
ALTER TABLE "features" ADD COLUMN "stale" BOOLEAN  DEFAULT false;
COMMIT;

-- 20200810200901-add-created-at-to-feature-types
BEGIN;
ALTER TABLE feature_types ADD "created_at" TIMESTAMP WITH TIME ZONE default now();
COMMIT;

-- 20200928194947-add-projects
BEGIN;
CREATE TABLE  "projects" ("id" VARCHAR (255) PRIMARY KEY NOT NULL, "name" VARCHAR  NOT NULL, "description" VARCHAR  , "created_at" TIMESTAMP  DEFAULT 'now()');
INSERT INTO projects(id, name, description) VALUES('default', 'Default', 'Default project');
COMMIT;

-- 20200928195238-add-project-id-to-features
BEGIN;
ALTER TABLE "features" ADD COLUMN "project" VARCHAR  DEFAULT 'default';
COMMIT;

-- 20201216140726-add-last-seen-to-features
BEGIN;
ALTER TABLE features ADD "last_seen_at" TIMESTAMP WITH TIME ZONE;
COMMIT;

-- 20210105083014-add-tag-and-tag-types
BEGIN;
CREATE TABLE IF NOT EXISTS tag_types
 (
     name        text PRIMARY KEY NOT NULL,
     description text,
     icon        text,
     created_at  TIMESTAMP WITH TIME ZONE DEFAULT now()
 );
CREATE TABLE IF NOT EXISTS tags
(
    type  text not null references tag_types (name) ON DELETE CASCADE,
    value text,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    PRIMARY KEY (type, value)
);
CREATE TABLE IF NOT EXISTS feature_tag
(
    feature_name varchar(255) not null references features (name) ON DELETE CASCADE,
    tag_type       text not null,
    tag_value      text not null,
    created_at   TIMESTAMP WITH TIME ZONE DEFAULT now(),
    UNIQUE (feature_name, tag_type, tag_value),
    FOREIGN KEY (tag_type, tag_value) REFERENCES tags(type, value) ON DELETE CASCADE
);
INSERT INTO tag_types(name, description, icon)
VALUES ('simple', 'Used to simplify filtering of features', '#');
COMMIT;

-- 20210119084617-add-addon-table
BEGIN;
CREATE TABLE IF NOT EXISTS addons
(
    id          SERIAL PRIMARY KEY,
    provider    text not null,
    description text,
    enabled     boolean default true,
    parameters  json,
    events      json,
    created_at  TIMESTAMP WITH TIME ZONE DEFAULT now()
);
COMMIT;

-- 20210121115438-add-deprecated-column-to-strategies
BEGIN;
ALTER TABLE strategies ADD COLUMN deprecated boolean default false;
COMMIT;

-- 20210127094440-add-tags-column-to-events
BEGIN;
ALTER TABLE events ADD COLUMN IF NOT EXISTS tags json DEFAULT '[]';
COMMIT;

-- 20210208203708-add-stickiness-to-context
BEGIN;
ALTER TABLE context_fields ADD COLUMN IF NOT EXISTS stickiness boolean DEFAULT false;
COMMIT;

-- 20210212114759-add-session-table
BEGIN;
CREATE TABLE unleash_session (
    sid varchar PRIMARY KEY,
    sess json NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    expired TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_unleash_session_expired ON unleash_session(expired);
COMMIT;

-- 20210217195834-rbac-tables
BEGIN;
CREATE TABLE IF NOT EXISTS roles
 (
    id          SERIAL PRIMARY KEY,
    name        text not null,
    description text,
    type        text not null default 'custom',
    project     text,
    created_at  TIMESTAMP WITH TIME ZONE DEFAULT now()
 );
CREATE TABLE IF NOT EXISTS role_user
(
    role_id     integer not null references roles (id) ON DELETE CASCADE,
    user_id     integer not null references users (id) ON DELETE CASCADE,
    created_at  TIMESTAMP WITH TIME ZONE DEFAULT now(),
    PRIMARY KEY (role_id, user_id)
);
CREATE TABLE IF NOT EXISTS role_permission
(
    role_id     integer not null references roles (id) ON DELETE CASCADE,
    project     text,
    permission  text not null,
    created_at  TIMESTAMP WITH TIME ZONE DEFAULT now()
);

WITH admin AS (
  INSERT INTO roles(name, description, type)
  VALUES ('Admin', 'Users with the global admin role have superuser access to Unleash and can perform any operation within the unleash platform.', 'root')
  RETURNING id role_id
)

INSERT INTO role_permission(role_id, permission)
SELECT role_id, 'ADMIN' from admin;

WITH regular AS (
  INSERT INTO roles(name, description, type)
  VALUES ('Regular', 'Users with the global regular role have access most features in Unleash, but can not manage users and roles in the global scope. If a user with a global regular role creates a project, they will become a project admin and receive superuser rights within the context of that project.', 'root')
  RETURNING id role_id
)
INSERT INTO role_permission(role_id, project, permission)
VALUES
  ((SELECT role_id from regular), '', 'CREATE_STRATEGY'),
  ((SELECT role_id from regular), '', 'UPDATE_STRATEGY'),
  ((SELECT role_id from regular), '', 'DELETE_STRATEGY'),

  ((SELECT role_id from regular), '', 'UPDATE_APPLICATION'),

  ((SELECT role_id from regular), '', 'CREATE_CONTEXT_FIELD'),
  ((SELECT role_id from regular), '', 'UPDATE_CONTEXT_FIELD'),
  ((SELECT role_id from regular), '', 'DELETE_CONTEXT_FIELD'),

  ((SELECT role_id from regular), '', 'CREATE_PROJECT'),

  ((SELECT role_id from regular), '', 'CREATE_ADDON'),
  ((SELECT role_id from regular), '', 'UPDATE_ADDON'),
  ((SELECT role_id from regular), '', 'DELETE_ADDON'),

  ((SELECT role_id from regular), 'default', 'UPDATE_PROJECT'),
  ((SELECT role_id from regular), 'default', 'DELETE_PROJECT'),
  ((SELECT role_id from regular), 'default', 'CREATE_FEATURE'),
  ((SELECT role_id from regular), 'default', 'UPDATE_FEATURE'),
  ((SELECT role_id from regular), 'default', 'DELETE_FEATURE');

INSERT INTO roles(name, description, type)
VALUES ('Read', 'Users with this role can only read root resources in Unleash. They may be added as collaborator to specific projects.', 'root');
COMMIT;

-- 20210218090213-generate-server-identifier
BEGIN;
INSERT INTO settings(name, content) VALUES ('instanceInfo', json_build_object('id', '9a1b98d5-0e91-423b-bf7f-753fb778505a'));
COMMIT;

-- 20210302080040-add-pk-to-client-instances
BEGIN;
DELETE FROM client_instances a USING client_instances b WHERE a.app_name = b.app_name AND a.instance_id = b.instance_id AND a.created_at < b.created_at;
ALTER TABLE client_instances ADD PRIMARY KEY (app_name, instance_id);
COMMIT;

-- 20210304115810-change-default-timestamp-to-now
BEGIN;
ALTER TABLE client_applications ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE client_applications ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE context_fields ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE context_fields ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE projects ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE users ALTER COLUMN created_at SET DEFAULT now();
COMMIT;

-- 20210304141005-add-announce-field-to-application
BEGIN;
ALTER TABLE client_applications ADD COLUMN announced boolean DEFAULT false;
UPDATE client_applications SET announced = true;
COMMIT;

-- 20210304150739-add-created-by-to-application
BEGIN;
ALTER TABLE client_applications ADD COLUMN created_by TEXT;
COMMIT;

-- 20210322104356-api-tokens-table
BEGIN;
CREATE TABLE IF NOT EXISTS api_tokens
(
    secret      text not null PRIMARY KEY,
    username    text not null,
    type        text not null,
    created_at  TIMESTAMP WITH TIME ZONE DEFAULT now(),
    expires_at  TIMESTAMP WITH TIME ZONE,
    seen_at     TIMESTAMP WITH TIME ZONE
);
COMMIT;

-- 20210322104357-api-tokens-convert-enterprise
BEGIN;
SELECT * from settings where name = 'unleash.enterprise.api.keys';
COMMIT;

-- 20210323073508-reset-application-announcements
BEGIN;
DELETE FROM events WHERE type = 'application-created';
UPDATE client_applications SET announced = false;
COMMIT;

-- 20210409120136-create-reset-token-table
BEGIN;
CREATE TABLE IF NOT EXISTS reset_tokens
(
    reset_token text PRIMARY KEY         NOT NULL,
    user_id     integer,
    expires_at  timestamp with time zone NOT NULL,
    used_at     timestamp with time zone,
    created_at  timestamp with time zone DEFAULT now(),
    created_by  text,
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
COMMIT;

-- 20210414141220-fix-misspellings-in-role-descriptions
BEGIN;
UPDATE roles SET description = 'As an Editor you have access to most features in Unleash, but you can not manage users and roles in the global scope. If you create a project, you will become a project owner and receive superuser rights within the context of that project.' WHERE name = 'Regular';
COMMIT;

-- 20210415173116-rbac-rename-roles
BEGIN;
UPDATE roles set name = 'Editor', description = 'Users with this role have access most features in Unleash, but can not manage users and roles in the global scope. If a user with a global regular role creates a project, they will become a project admin and receive superuser rights within the context of that project.' where name = 'Regular' AND type = 'root';
UPDATE roles set name = 'Viewer' where name = 'Read' AND type = 'root';
UPDATE roles set name = 'Owner', description = 'Users with this role have full control over the project, and can add and manage other users within the project context, manage feature toggles within the project, and control advanced project features like archiving and deleting the project.' where name = 'Admin' AND type = 'project';
UPDATE roles set name = 'Member', description = 'Users with this role within a project are allowed to view, create and update feature toggles, but have limited permissions in regards to managing the projects user access and can not archive or delete the project.' where name = 'Regular' AND type = 'project';
COMMIT;

-- 20210421133845-add-sort-order-to-strategies
BEGIN;
ALTER TABLE strategies ADD COLUMN sort_order integer DEFAULT 9999;
UPDATE strategies SET sort_order = 0 WHERE name = 'default';
UPDATE strategies SET sort_order = 1 WHERE name = 'flexibleRollout';
UPDATE strategies SET sort_order = 2 WHERE name = 'userWithId';
UPDATE strategies SET sort_order = 3 WHERE name = 'remoteAddress';
UPDATE strategies SET sort_order = 4 WHERE name = 'applicationHostname';
COMMIT;

-- 20210421135405-add-display-name-and-update-description-for-strategies
BEGIN;
ALTER TABLE strategies ADD COLUMN display_name text;
UPDATE strategies SET display_name = 'Standard', description = 'The standard strategy is strictly on / off for your entire userbase.' WHERE name = 'default';
UPDATE strategies SET display_name = 'Gradual rollout', description = 'Roll out to a percentage of your userbase, and ensure that the experience is the same for the user on each visit.' WHERE name = 'flexibleRollout';
UPDATE strategies SET display_name = 'UserIDs', description = 'Enable the feature for a specific set of userIds.' WHERE name = 'userWithId';
UPDATE strategies SET display_name = 'IPs', description = 'Enable the feature for a specific set of IP addresses.' WHERE name = 'remoteAddress';
UPDATE strategies SET display_name = 'Hosts', description = 'Enable the feature for a specific set of hostnames.' WHERE name = 'applicationHostname';
COMMIT;

-- 20210423103647-lowercase-all-emails
BEGIN;
DELETE FROM users WHERE id IN
(SELECT id FROM
    (SELECT id, lower(email) as email, row_number() over (PARTITION BY lower(email) ORDER BY id desc) as Row FROM users) as dupes
WHERE email IS NOT NULL AND dupes.Row > 1);
UPDATE users SET email = LOWER(email);
COMMIT;

-- 20210428062103-user-permission-to-rbac
BEGIN;
SELECT id, permissions from users WHERE id NOT IN (select user_id from role_user);
COMMIT;

-- 20210428103922-patch-role-table
BEGIN;
ALTER TABLE roles ADD COLUMN IF NOT EXISTS project text;
COMMIT;

-- 20210428103923-onboard-projects-to-rbac
BEGIN;
SELECT id AS name from projects WHERE id NOT IN (SELECT DISTINCT project FROM roles WHERE project IS NOT null);
WITH project_owner AS (
    INSERT into roles (name, description, type, project)
        VALUES ('Owner', 'Users with this role have full control over the project, and can add and manage other users within the project context, manage feature toggles within the project, and control advanced project features like archiving and deleting the project.', 'project', 'default')
        RETURNING id role_id
)
INSERT INTO role_permission(role_id, project, permission) VALUES
    ((SELECT role_id FROM project_owner), 'default', 'UPDATE_PROJECT'),
    ((SELECT role_id FROM project_owner), 'default', 'DELETE_PROJECT'),
    ((SELECT role_id FROM project_owner), 'default', 'CREATE_FEATURE'),
    ((SELECT role_id FROM project_owner), 'default', 'UPDATE_FEATURE'),
    ((SELECT role_id FROM project_owner), 'default', 'DELETE_FEATURE');

WITH project_member AS (
    INSERT into roles (name, description, type, project)
        VALUES ('Member', 'Users with this role within a project are allowed to view, create and update feature toggles, but have limited permissions in regards to managing the projects user access and can not archive or delete the project.', 'project', 'default')
        RETURNING id role_id
)
INSERT INTO role_permission(role_id, project, permission) VALUES
    ((SELECT role_id from project_member), 'default', 'CREATE_FEATURE'),
    ((SELECT role_id from project_member), 'default', 'UPDATE_FEATURE'),
    ((SELECT role_id from project_member), 'default', 'DELETE_FEATURE');

WITH owner_id AS (
    SELECT id FROM roles WHERE type='project' AND project='default' AND name = 'Owner'
)
INSERT INTO role_user(role_id, user_id) SELECT o.id, u.id FROM owner_id o, users u ON CONFLICT DO NOTHING;
COMMIT;

-- 20210428103924-patch-admin-role-name
BEGIN;
UPDATE roles set name='Admin' where name='Super User';
COMMIT;

-- 20210504101429-deprecate-strategies
BEGIN;
UPDATE strategies
SET deprecated = true, built_in = 0
WHERE name = 'gradualRolloutSessionId' OR name = 'gradualRolloutUserId'
OR name = 'gradualRolloutRandom';
COMMIT;

-- 20210520171325-update-role-descriptions
BEGIN;
UPDATE roles set description = 'Users with the editor role have access to most features in Unleash, but can not manage users and roles in the global scope. Editors will be added as project owner when creating projects and get superuser rights within the context of these projects.' where name = 'Editor' AND type = 'root';
UPDATE roles set description = 'Users with the global admin role have superuser access to Unleash and can perform any operation within the unleash platform.' where name = 'Admin' AND type = 'root';
UPDATE roles set description = 'Users with this role can only read root resources in Unleash. The viewer can be added to specific projects as project member.' where name = 'Viewer' AND type = 'root';
COMMIT;

-- 20210602115555-create-feedback-table
BEGIN;
CREATE TABLE IF NOT EXISTS user_feedback
(user_id INTEGER NOT NULL references users (id),
feedback_id TEXT,
given TIMESTAMP WITH TIME ZONE,
neverShow BOOLEAN NOT NULL DEFAULT false,
PRIMARY KEY (user_id, feedback_id));
CREATE INDEX user_feedback_user_id_idx ON user_feedback (user_id);
COMMIT;

-- 20210610085817-features-strategies-table
BEGIN;
CREATE TABLE IF NOT EXISTS environments (
    name          VARCHAR (100) NOT NULL PRIMARY KEY,
    display_name  VARCHAR (255),
    created_at    timestamp with time zone DEFAULT now()
);

INSERT INTO environments(name, display_name) values (':global:', 'Across all environments');

CREATE TABLE IF NOT EXISTS feature_strategies (
    id            TEXT PRIMARY KEY,
    feature_name  VARCHAR (255) NOT NULL REFERENCES features(name) ON DELETE CASCADE,
    project_name  VARCHAR (255) NOT NULL,
    environment   VARCHAR (100) NOT NULL DEFAULT ':global:' REFERENCES environments(name) ON DELETE CASCADE,
    strategy_name VARCHAR (255) NOT NULL,
    parameters    jsonb,
    constraints   jsonb,
    sort_order    integer NOT NULL DEFAULT 9999,
    created_at    timestamp with time zone DEFAULT now()
);

CREATE TABLE IF NOT EXISTS feature_environments (
    environment   VARCHAR (100) NOT NULL DEFAULT ':global:' REFERENCES environments(name) ON DELETE CASCADE,
    feature_name  VARCHAR (255) NOT NULL REFERENCES features(name) ON DELETE CASCADE,
    enabled       BOOLEAN NOT NULL,
    PRIMARY KEY (environment, feature_name)

);
COMMIT;

-- 20210615115226-migrate-strategies-to-feature-strategies
BEGIN;
SELECT *
FROM features;
COMMIT;

-- 20210618091331-project-environments-table
BEGIN;
CREATE TABLE project_environments (
    project_id varchar(255) REFERENCES projects(id) ON DELETE CASCADE,
    environment_name varchar(100) REFERENCES environments(name) ON DELETE CASCADE,
    PRIMARY KEY(project_id, environment_name)
);
COMMIT;

-- 20210618100913-add-cascade-for-user-feedback
BEGIN;
ALTER TABLE user_feedback DROP CONSTRAINT user_feedback_user_id_fkey;
ALTER TABLE user_feedback
    ADD CONSTRAINT user_feedback_user_id_fkey
    FOREIGN KEY (user_id)
    REFERENCES users(id) ON DELETE CASCADE;
COMMIT;

-- 20210624114602-change-type-of-feature-archived
BEGIN;
ALTER TABLE features ALTER COLUMN archived DROP DEFAULT;
ALTER TABLE features ALTER COLUMN archived TYPE bool USING case when archived = 0 then false else true end;
ALTER TABLE features ALTER COLUMN archived SET DEFAULT false;
COMMIT;

-- 20210624114855-drop-strategies-column-from-features
BEGIN;
ALTER TABLE features
DROP COLUMN strategies;
COMMIT;

-- 20210624115109-drop-enabled-column-from-features
BEGIN;
ALTER TABLE features
DROP COLUMN enabled;
COMMIT;

-- 20210625102126-connect-default-project-to-global-environment
BEGIN;
INSERT INTO project_environments(project_id, environment_name) VALUES ('default', ':global:');
COMMIT;

-- 20210629130734-add-health-rating-to-project
BEGIN;
ALTER TABLE projects ADD COLUMN health integer DEFAULT 100;
COMMIT;

-- 20210830113948-connect-projects-to-global-envrionments
BEGIN;
SELECT id
FROM projects;
INSERT INTO project_environments(project_id, environment_name) VALUES ('default', ':global:') ON CONFLICT DO NOTHING;
COMMIT;

-- 20210831072631-add-sort-order-and-type-to-env
BEGIN;
ALTER TABLE environments ADD COLUMN sort_order integer DEFAULT 9999, ADD COLUMN type text;
COMMIT;

-- 20210907124058-add-dbcritic-indices
BEGIN;
CREATE INDEX feature_environments_feature_name_idx ON feature_environments(feature_name);
CREATE INDEX feature_strategies_environment_idx ON feature_strategies(environment);
CREATE INDEX feature_strategies_feature_name_idx ON feature_strategies(feature_name);
CREATE INDEX feature_tag_tag_type_and_value_idx ON feature_tag(tag_type, tag_value);
CREATE INDEX project_environments_environment_idx ON project_environments(environment_name);
CREATE INDEX reset_tokens_user_id_idx ON reset_tokens(user_id);
CREATE INDEX role_permission_role_id_idx ON role_permission(role_id);
CREATE INDEX role_user_user_id_idx ON role_user(user_id);
COMMIT;

-- 20210907124850-add-dbcritic-primary-keys
BEGIN;
ALTER TABLE feature_tag
    DROP CONSTRAINT feature_tag_feature_name_tag_type_tag_value_key;
ALTER TABLE feature_tag
    ADD PRIMARY KEY (feature_name, tag_type, tag_value);
COMMIT;

-- 20210908100701-add-enabled-to-environments
BEGIN;
ALTER TABLE environments ADD COLUMN enabled BOOLEAN DEFAULT true;
COMMIT;

-- 20210909085651-add-protected-field-to-environments
BEGIN;
ALTER TABLE environments ADD COLUMN protected BOOLEAN DEFAULT false;
UPDATE environments SET protected = true WHERE name = ':global:';
COMMIT;

-- 20210913103159-api-keys-scoping
BEGIN;
ALTER TABLE api_tokens ADD COLUMN project VARCHAR REFERENCES PROJECTS(id) ON DELETE CASCADE;;
ALTER TABLE api_tokens ADD COLUMN environment VARCHAR REFERENCES environments(name) ON DELETE CASCADE;;
COMMIT;

-- 20210915122001-add-project-and-environment-columns-to-events
BEGIN;
ALTER TABLE events
    ADD COLUMN project TEXT;
ALTER TABLE events
    ADD COLUMN environment TEXT;
CREATE INDEX events_project_idx ON events(project);
CREATE INDEX events_environment_idx ON events(environment);
COMMIT;

-- 20210920104218-rename-global-env-to-default-env
BEGIN;
INSERT INTO environments(name, display_name, protected, sort_order, type) VALUES ('default', 'Default Environment', true, 1, 'production');
ALTER TABLE feature_strategies ALTER COLUMN environment SET DEFAULT 'default';
ALTER TABLE feature_environments ALTER COLUMN environment SET DEFAULT 'default';
UPDATE feature_strategies SET environment = 'default' WHERE environment = ':global:';
UPDATE feature_environments SET environment = 'default' WHERE environment = ':global:';
UPDATE project_environments SET environment_name = 'default' WHERE environment_name = ':global:';
DELETE FROM environments WHERE name = ':global:';
COMMIT;

-- 20210921105032-client-api-tokens-default
BEGIN;
UPDATE api_tokens SET environment = 'default' WHERE environment = ':global:';
UPDATE api_tokens SET environment = 'default' WHERE type='client' AND environment is null;
COMMIT;

-- 20210922084509-add-non-null-constraint-to-environment-type
BEGIN;
UPDATE environments SET type = 'production' WHERE type IS null;
ALTER TABLE environments ALTER COLUMN type SET NOT NULL;
COMMIT;

-- 20210922120521-add-tag-type-permission
BEGIN;
INSERT INTO role_permission(role_id, permission)
VALUES (2, 'UPDATE_TAG_TYPE'),
       (2, 'DELETE_TAG_TYPE');
INSERT INTO role_permission(role_id, permission, project)
VALUES (2, 'UPDATE_TAG_TYPE', 'default'),
       (2, 'DELETE_TAG_TYPE', 'default');
COMMIT;

-- 20210928065411-remove-displayname-from-environments
BEGIN;
ALTER TABLE environments
DROP COLUMN display_name;
COMMIT;

-- 20210928080601-add-development-and-production-environments
BEGIN;
INSERT INTO environments(name, type, enabled, sort_order)
VALUES ('development', 'development', true, 100),
       ('production', 'production', true, 200);
COMMIT;

-- 20210928082228-connect-default-environment-to-all-existing-projects
BEGIN;
INSERT INTO project_environments(project_id, environment_name)
SELECT id, 'default'
FROM projects
ON CONFLICT DO NOTHING;
COMMIT;

-- 20211004104917-client-metrics-env
BEGIN;
CREATE TABLE client_metrics_env(
  feature_name  VARCHAR(255),
  app_name      VARCHAR(255),
  environment   VARCHAR(100),
  timestamp     TIMESTAMP WITH TIME ZONE,
  yes           INTEGER DEFAULT 0,
  no            INTEGER DEFAULT 0,
  PRIMARY KEY (feature_name, app_name, environment, timestamp)
);
CREATE INDEX idx_client_metrics_f_name ON client_metrics_env(feature_name);
COMMIT;

-- 20211011094226-add-environment-to-client-instances
BEGIN;
ALTER TABLE client_instances DROP CONSTRAINT client_instances_pkey;
ALTER TABLE client_instances ADD COLUMN environment varchar(255) NOT NULL DEFAULT 'default';
ALTER TABLE client_instances ADD CONSTRAINT client_instances_pkey PRIMARY KEY (app_name, environment, instance_id);
CREATE INDEX client_instances_environment_idx ON client_instances(environment);
COMMIT;

-- 20211013093114-feature-strategies-parameters-not-null
BEGIN;
ALTER TABLE feature_strategies ALTER COLUMN parameters SET DEFAULT '{}';
UPDATE feature_strategies set parameters = '{}' where parameters is null;
ALTER TABLE feature_strategies ALTER COLUMN parameters SET NOT NULL;
COMMIT;

-- 20211029094324-set-sort-order-env
BEGIN;
UPDATE environments set sort_order = 100 where name = 'development' AND sort_order = 9999;
UPDATE environments set sort_order = 200 where name = 'production' AND sort_order = 9999;
COMMIT;

-- 20211105104316-add-feature-name-column-to-events
BEGIN;
ALTER TABLE events
    ADD COLUMN feature_name TEXT;
CREATE INDEX feature_name_idx ON events(feature_name);
COMMIT;

-- 20211105105509-add-predata-column-to-events
BEGIN;
ALTER TABLE events ADD COLUMN pre_data jsonb;
COMMIT;

-- 20211108130333-create-user-splash-table
BEGIN;
CREATE TABLE IF NOT EXISTS user_splash
(user_id INTEGER NOT NULL references users (id) ON DELETE CASCADE,
splash_id TEXT,
seen BOOLEAN NOT NULL DEFAULT false,
PRIMARY KEY (user_id, splash_id));
CREATE INDEX user_splash_user_id_idx ON user_splash (user_id);
COMMIT;

-- 20211109103930-add-splash-entry-for-users
BEGIN;
INSERT INTO user_splash(splash_id, user_id, seen) SELECT 'environment', u.id, false FROM users u;
COMMIT;

-- 20211126112551-disable-default-environment
BEGIN;
UPDATE environments
SET enabled = false
WHERE name = 'default'
AND NOT EXISTS (select  * from features);

DELETE FROM project_environments
WHERE environment_name = 'default'
AND NOT EXISTS (select  * from features);

INSERT INTO project_environments(project_id, environment_name)
SELECT 'default', 'development'
WHERE NOT EXISTS (select  * from features);

INSERT INTO project_environments(project_id, environment_name)
SELECT 'default', 'production'
WHERE NOT EXISTS (select  * from features);
COMMIT;

-- 20211130142314-add-updated-at-to-projects
BEGIN;
ALTER TABLE projects ADD COLUMN "updated_at" TIMESTAMP WITH TIME ZONE DEFAULT now();
COMMIT;

-- 20211202120808-add-custom-roles
BEGIN;
CREATE TABLE IF NOT EXISTS permissions
(
    id              SERIAL PRIMARY KEY,
    permission      VARCHAR(255) NOT NULL,
    display_name    TEXT,
    type            VARCHAR(255),
    created_at      TIMESTAMP WITH TIME ZONE DEFAULT now()
);

INSERT INTO permissions (permission, display_name, type) VALUES ('ADMIN', 'Admin', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('CREATE_FEATURE', 'Create Feature Toggles', 'project');
INSERT INTO permissions (permission, display_name, type) VALUES ('CREATE_STRATEGY','Create Strategies', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('CREATE_ADDON', 'Create Addons', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('DELETE_ADDON', 'Delete Addons', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_ADDON', 'Update Addons', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_FEATURE', 'Update Feature Toggles', 'project');
INSERT INTO permissions (permission, display_name, type) VALUES ('DELETE_FEATURE', 'Delete Feature Toggles', 'project');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_APPLICATION', 'Update Applications', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_TAG_TYPE', 'Update Tag Types', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('DELETE_TAG_TYPE', 'Delete Tag Types', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('CREATE_PROJECT', 'Create Projects', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_PROJECT', 'Update Projects', 'project');
INSERT INTO permissions (permission, display_name, type) VALUES ('DELETE_PROJECT', 'Delete Projects', 'project');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_STRATEGY', 'Update Strategies', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('DELETE_STRATEGY', 'Delete Strategies', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_CONTEXT_FIELD', 'Update Context Fields', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('CREATE_CONTEXT_FIELD', 'Create Context Fields', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('DELETE_CONTEXT_FIELD', 'Delete Context Fields', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('READ_ROLE', 'Read Roles', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_ROLE', 'Update Roles', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_API_TOKEN', 'Update API Tokens', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('CREATE_API_TOKEN', 'Create API Tokens', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('DELETE_API_TOKEN', 'Delete API Tokens', 'root');
INSERT INTO permissions (permission, display_name, type) VALUES ('CREATE_FEATURE_STRATEGY', 'Create Feature Strategies', 'environment');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_FEATURE_STRATEGY', 'Update Feature Strategies', 'environment');
INSERT INTO permissions (permission, display_name, type) VALUES ('DELETE_FEATURE_STRATEGY', 'Delete Feature Strategies', 'environment');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_FEATURE_ENVIRONMENT', 'Enable/disable Toggles in Environment', 'environment');
INSERT INTO permissions (permission, display_name, type) VALUES ('UPDATE_FEATURE_VARIANTS', 'Create/Edit variants', 'project');

ALTER TABLE role_user ADD COLUMN
project        VARCHAR(255);

ALTER TABLE roles
ADD COLUMN
    updated_at  TIMESTAMP WITH TIME ZONE;

ALTER TABLE role_permission
ADD COLUMN
    permission_id INTEGER,
ADD COLUMN
    environment VARCHAR (100);

CREATE TEMPORARY TABLE temp_primary_roles
(
    id INTEGER,
    name TEXT,
    description TEXT,
    type TEXT,
    project TEXT,
    created_at DATE
)
ON COMMIT DROP;

CREATE TEMPORARY TABLE temp_discard_roles
(
    id INTEGER,
    name TEXT,
    description TEXT,
    type TEXT,
    project TEXT,
    created_at DATE
)
ON COMMIT DROP;

INSERT INTO temp_primary_roles select distinct on (name) id, name ,description, type, project, created_at from roles order by name, id;

INSERT INTO temp_discard_roles SELECT r.id, r.name, r.description, r.type, r.project, r.created_at FROM roles r
LEFT JOIN temp_primary_roles tpr ON r.id = tpr.id
WHERE tpr.id IS NULL;

UPDATE role_user
SET project = tpr.project
FROM temp_primary_roles tpr
WHERE tpr.id = role_user.role_id;

ALTER TABLE role_user DROP CONSTRAINT role_user_pkey;

WITH rtu as (
    SELECT tdr.id as old_role_id, tpr.id as new_role_id, tdr.project as project FROM temp_discard_roles tdr
    JOIN temp_primary_roles tpr ON tdr.name = tpr.name
)
UPDATE role_user
SET project = rtu.project, role_id = rtu.new_role_id
FROM rtu
WHERE rtu.old_role_id = role_user.role_id;

UPDATE role_user SET project = '*' WHERE project IS NULL;
ALTER TABLE role_user ADD PRIMARY KEY (role_id, user_id, project);

DELETE FROM roles WHERE EXISTS
(
    SELECT 1 FROM temp_discard_roles tdr WHERE tdr.id = roles.id
);

DELETE FROM role_permission;

ALTER TABLE roles DROP COLUMN project;
ALTER TABLE role_permission
    DROP COLUMN project,
    DROP COLUMN permission;

INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Editor' LIMIT 1),
    p.id as permission_id,
    '*' as environment
FROM permissions p
WHERE p.permission IN
    ('CREATE_STRATEGY',
    'UPDATE_STRATEGY',
    'DELETE_STRATEGY',
    'UPDATE_APPLICATION',
    'CREATE_CONTEXT_FIELD',
    'UPDATE_CONTEXT_FIELD',
    'DELETE_CONTEXT_FIELD',
    'CREATE_PROJECT',
    'CREATE_ADDON',
    'UPDATE_ADDON',
    'DELETE_ADDON',
    'UPDATE_PROJECT',
    'DELETE_PROJECT',
    'CREATE_FEATURE',
    'UPDATE_FEATURE',
    'DELETE_FEATURE',
    'UPDATE_TAG_TYPE',
    'DELETE_TAG_TYPE',
    'UPDATE_FEATURE_VARIANTS');

INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Owner' LIMIT 1),
    p.id as permission_id,
    null as environment
FROM permissions p
WHERE p.permission IN
    ('UPDATE_PROJECT',
    'DELETE_PROJECT',
    'CREATE_FEATURE',
    'UPDATE_FEATURE',
    'DELETE_FEATURE',
    'UPDATE_FEATURE_VARIANTS');

INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Member' LIMIT 1),
    p.id as permission_id,
    null as environment
FROM permissions p
WHERE p.permission IN
    ('CREATE_FEATURE',
    'UPDATE_FEATURE',
    'DELETE_FEATURE',
    'UPDATE_FEATURE_VARIANTS');

INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Admin' LIMIT 1),
    p.id as permission_id,
    '*' environment
FROM permissions p
WHERE p.permission = 'ADMIN';

ALTER TABLE role_permission
    ADD CONSTRAINT fk_role_permission
        FOREIGN KEY(role_id)
        REFERENCES roles(id) ON DELETE CASCADE;
COMMIT;

-- 20211209205201-drop-client-metrics
BEGIN;
DROP TABLE client_metrics;
COMMIT;

-- 20220103134659-add-permissions-to-project-roles
BEGIN;
INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Owner' LIMIT 1),
    p.id as permission_id,
    e.name as environment
FROM permissions p
CROSS JOIN environments e
WHERE p.permission IN
    ('CREATE_FEATURE_STRATEGY',
    'UPDATE_FEATURE_STRATEGY',
    'DELETE_FEATURE_STRATEGY',
    'UPDATE_FEATURE_ENVIRONMENT');

INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Member' LIMIT 1),
    p.id as permission_id,
    e.name as environment
FROM permissions p
CROSS JOIN environments e
WHERE p.permission IN
    ('CREATE_FEATURE_STRATEGY',
    'UPDATE_FEATURE_STRATEGY',
    'DELETE_FEATURE_STRATEGY',
    'UPDATE_FEATURE_ENVIRONMENT');
COMMIT;

-- 20220103143843-add-permissions-to-editor-role
BEGIN;
INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Editor' LIMIT 1),
    p.id as permission_id,
    e.name as environment
FROM permissions p
CROSS JOIN environments e
WHERE p.permission IN
    ('CREATE_FEATURE_STRATEGY',
    'UPDATE_FEATURE_STRATEGY',
    'DELETE_FEATURE_STRATEGY',
    'UPDATE_FEATURE_ENVIRONMENT');
COMMIT;

-- 20220111112804-update-permission-descriptions
BEGIN;
UPDATE permissions SET display_name = 'Admin' WHERE permission = 'ADMIN';
UPDATE permissions SET display_name = 'Create feature toggles' WHERE permission = 'CREATE_FEATURE';
UPDATE permissions SET display_name = 'Create activation strategies' WHERE permission = 'CREATE_STRATEGY';
UPDATE permissions SET display_name = 'Create addons' WHERE permission = 'CREATE_ADDON';
UPDATE permissions SET display_name = 'Delete addons' WHERE permission = 'DELETE_ADDON';
UPDATE permissions SET display_name = 'Update addons' WHERE permission = 'UPDATE_ADDON';
UPDATE permissions SET display_name = 'Update feature toggles' WHERE permission = 'UPDATE_FEATURE';
UPDATE permissions SET display_name = 'Delete feature toggles' WHERE permission = 'DELETE_FEATURE';
UPDATE permissions SET display_name = 'Update applications' WHERE permission = 'UPDATE_APPLICATION';
UPDATE permissions SET display_name = 'Update tag types' WHERE permission = 'UPDATE_TAG_TYPE';
UPDATE permissions SET display_name = 'Delete tag types' WHERE permission = 'DELETE_TAG_TYPE';
UPDATE permissions SET display_name = 'Create projects' WHERE permission = 'CREATE_PROJECT';
UPDATE permissions SET display_name = 'Update project' WHERE permission = 'UPDATE_PROJECT';
UPDATE permissions SET display_name = 'Delete project' WHERE permission = 'DELETE_PROJECT';
UPDATE permissions SET display_name = 'Update strategies' WHERE permission = 'UPDATE_STRATEGY';
UPDATE permissions SET display_name = 'Delete strategies' WHERE permission = 'DELETE_STRATEGY';
UPDATE permissions SET display_name = 'Update context fields' WHERE permission = 'UPDATE_CONTEXT_FIELD';
UPDATE permissions SET display_name = 'Create context fields' WHERE permission = 'CREATE_CONTEXT_FIELD';
UPDATE permissions SET display_name = 'Delete context fields' WHERE permission = 'DELETE_CONTEXT_FIELD';
UPDATE permissions SET display_name = 'Read roles' WHERE permission = 'READ_ROLE';
UPDATE permissions SET display_name = 'Update roles' WHERE permission = 'UPDATE_ROLE';
UPDATE permissions SET display_name = 'Update API tokens' WHERE permission = 'UPDATE_API_TOKEN';
UPDATE permissions SET display_name = 'Create API tokens' WHERE permission = 'CREATE_API_TOKEN';
UPDATE permissions SET display_name = 'Delete API tokens' WHERE permission = 'DELETE_API_TOKEN';
UPDATE permissions SET display_name = 'Create activation strategies' WHERE permission = 'CREATE_FEATURE_STRATEGY';
UPDATE permissions SET display_name = 'Update activation strategies' WHERE permission = 'UPDATE_FEATURE_STRATEGY';
UPDATE permissions SET display_name = 'Delete activation strategies' WHERE permission = 'DELETE_FEATURE_STRATEGY';
UPDATE permissions SET display_name = 'Enable/disable toggles in this environment' WHERE permission = 'UPDATE_FEATURE_ENVIRONMENT';
UPDATE permissions SET display_name = 'Create/edit variants' WHERE permission = 'UPDATE_FEATURE_VARIANTS';
COMMIT;

-- 20220111115613-move-feature-toggle-permission
BEGIN;
INSERT INTO permissions (permission, display_name, type) VALUES ('MOVE_FEATURE_TOGGLE', 'Change feature toggle project', 'project');
INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Editor' LIMIT 1),
    p.id as permission_id,
    '*' as environment
FROM permissions p
WHERE p.permission IN
    ('MOVE_FEATURE_TOGGLE');

INSERT INTO role_permission (role_id, permission_id, environment)
SELECT
    (SELECT id as role_id from roles WHERE name = 'Owner' LIMIT 1),
    p.id as permission_id,
    '*' as environment
FROM permissions p
WHERE p.permission IN
    ('MOVE_FEATURE_TOGGLE');
COMMIT;

-- 20220111120346-roles-unique-name
BEGIN;
ALTER TABLE roles ADD CONSTRAINT unique_name UNIQUE (name);
COMMIT;

-- 20220111121010-update-project-for-editor-role
BEGIN;
UPDATE role_user set project = 'default' where role_id
IN (SELECT id as role_id from roles WHERE name in ('Admin', 'Editor', 'Viewer') LIMIT 3);
COMMIT;

-- 20220111125620-role-permission-empty-string-for-non-environment-type
BEGIN;
UPDATE role_permission SET environment = '' where permission_id NOT IN
(select id from permissions WHERE type = 'environment');
COMMIT;

-- 20220119182603-update-toggle-types-description
BEGIN;
UPDATE feature_types set description = 'Release feature toggles are used to release new features.' where id = 'release';
UPDATE feature_types set description = 'Experiment feature toggles are used to test and verify multiple different versions of a feature.' where id = 'experiment';
UPDATE feature_types set description = 'Operational feature toggles are used to control aspects of a rollout.' where id = 'operational';
UPDATE feature_types set description = 'Kill switch feature toggles are used to quickly turn on or off critical functionality in your system.' where id = 'kill-switch';
UPDATE feature_types set description = 'Permission feature toggles are used to control permissions in your system.' where id = 'permission';
COMMIT;

-- 20220125200908-convert-old-feature-events
BEGIN;
UPDATE events
SET feature_name = E.feature_name
FROM (
    SELECT id, data->>'name' AS feature_name
    FROM events
    WHERE type IN ('feature-created', 'feature-updated', 'feature-archived', 'feature-stale-on', 'feature-stale-off')
    AND feature_name is null
) AS E
WHERE events.id = E.id;
COMMIT;

-- 20220128081242-add-impressiondata-to-features
BEGIN;
ALTER TABLE features ADD COLUMN "impression_data" BOOLEAN DEFAULT FALSE;
COMMIT;

-- 20220129113106-metrics-counters-as-bigint
BEGIN;
ALTER TABLE client_metrics_env
ALTER COLUMN yes TYPE BIGINT,
ALTER COLUMN no TYPE BIGINT;
COMMIT;

-- 20220131082150-reset-feedback-form
BEGIN;
DELETE FROM user_feedback WHERE nevershow = false;
COMMIT;

-- 20220224081422-remove-project-column-from-roles
BEGIN;
ALTER TABLE roles DROP COLUMN IF EXISTS project;
COMMIT;

-- 20220224111626-add-current-time-context-field
BEGIN;
INSERT INTO context_fields(name, description, sort_order) VALUES('currentTime', 'Allows you to constrain on date values', 3);
COMMIT;

-- 20220307130902-add-segments
BEGIN;
create table segments
    (
        id serial primary key,
        name text not null,
        description text,
        created_by text,
        created_at timestamp with time zone not null default now(),
        constraints jsonb not null default '[]'::jsonb
    );

create table feature_strategy_segment
    (
        feature_strategy_id text not null references feature_strategies (id) on update cascade on delete cascade not null,
        segment_id integer not null references segments (id) on update cascade on delete cascade not null,
        created_at timestamp with time zone not null default now(),
        primary key (feature_strategy_id, segment_id)
    );

create index feature_strategy_segment_segment_id_index
    on feature_strategy_segment (segment_id);

insert into permissions (permission, display_name, type) values
    ('CREATE_SEGMENT', 'Create segments', 'root'),
    ('UPDATE_SEGMENT', 'Edit segments', 'root'),
    ('DELETE_SEGMENT', 'Delete segments', 'root');

insert into role_permission (role_id, permission_id)
    select
        r.id as role_id,
        p.id as permission_id
    from roles r
    cross join permissions p
    where r.name in (
        'Admin',
        'Editor'
    )
    and p.permission in  (
        'CREATE_SEGMENT',
        'UPDATE_SEGMENT',
        'DELETE_SEGMENT'
    );
COMMIT;

-- 20220331085057-add-api-link-table
BEGIN;
CREATE TABLE IF NOT EXISTS api_token_project
(
    secret     text NOT NULL,
    project    text NOT NULL,
    FOREIGN KEY (secret) REFERENCES api_tokens (secret) ON DELETE CASCADE,
    FOREIGN KEY (project) REFERENCES projects(id) ON DELETE CASCADE
);

INSERT INTO api_token_project SELECT secret, project FROM api_tokens WHERE project IS NOT NULL;

ALTER TABLE api_tokens DROP COLUMN "project";
COMMIT;

-- 20220405103233-add-segments-name-index
BEGIN;
create index segments_name_index on segments (name);
COMMIT;

-- 20220408081222-clean-up-duplicate-foreign-key-role-permission
BEGIN;
ALTER TABLE role_permission DROP CONSTRAINT fk_role_permission;
COMMIT;

-- 20220411103724-add-legal-value-description
BEGIN;
-- 1. Convert '1,2,3'::text to "1,2,3"::json
ALTER TABLE context_fields
ALTER COLUMN legal_values SET DATA TYPE json USING to_json(legal_values);

-- 2. Convert "1,2,3"::json to [{"value":"1"}, ...]::json.
WITH sub AS (
    SELECT a.name, b.json AS legal_values
    FROM context_fields AS a
    LEFT JOIN (
        SELECT name, json_agg(json_build_object('value', value)) AS json
        FROM context_fields
        CROSS JOIN unnest(string_to_array(legal_values #>> '{}', ',')) AS value
        GROUP BY name
    ) AS b ON a.name = b.name
)
UPDATE context_fields SET legal_values = sub.legal_values
FROM sub
WHERE context_fields.name = sub.name;
COMMIT;

-- 20220425090847-add-token-permission
BEGIN;
INSERT INTO permissions (permission, display_name, type) VALUES
    ('READ_API_TOKEN', 'Read API token', 'root');

INSERT INTO role_permission (role_id, permission_id)
SELECT
    r.id AS role_id,
    p.id AS permission_id
FROM roles r
JOIN permissions p ON p.permission = 'READ_API_TOKEN'
WHERE r.name IN ('Admin', 'Editor');

UPDATE roles SET description = 'Users with this role can only read root resources in Unleash. The viewer can be added to specific projects as project member. Viewers may not view API tokens.'
WHERE name = 'Viewer';
COMMIT;

-- 20220511111823-patch-broken-feature-strategies
BEGIN;
UPDATE feature_strategies
SET project_name = project
FROM features
WHERE features.project != feature_strategies.project_name;
COMMIT;

-- 20220511124923-fix-patch-broken-feature-strategies
BEGIN;
UPDATE feature_strategies
SET project_name = project
FROM features
WHERE features.project != feature_strategies.project_name
AND features.name = feature_strategies.feature_name;
COMMIT;

-- 20220528143630-dont-cascade-environment-deletion-to-apitokens
BEGIN;
ALTER TABLE api_tokens DROP CONSTRAINT api_tokens_environment_fkey;
COMMIT;

-- 20220603081324-add-archive-at-to-feature-toggle
BEGIN;
ALTER TABLE features ADD archived_at TIMESTAMP WITH TIME ZONE;
UPDATE features f
SET    archived_at = res.archived_at
    FROM   (SELECT f.name, e.created_at AS archived_at
FROM   features f
       INNER JOIN events e
               ON e.feature_name = f.NAME
                  AND e.created_at =
                      (SELECT Max(created_at) date
                       FROM   events
                       WHERE  type = 'feature-archived'
                              AND e.feature_name = f.NAME)) res
WHERE  res.NAME = f.NAME;
UPDATE features
SET    archived_at = Now()
WHERE  archived = TRUE
  AND archived_at IS NULL;
COMMIT;

-- 20220704115624-add-user-groups
BEGIN;
create table IF NOT EXISTS groups
(
    id serial primary key,
    name text not null,
    description text,
    created_by text,
    created_at timestamp with time zone not null default now()
);

create table IF NOT EXISTS group_user
(
    group_id integer not null references groups (id) on DELETE CASCADE,
    user_id integer not null references users (id) ON DELETE CASCADE,
    role text check(role in ('Owner', 'Member')),
    created_by text,
    created_at timestamp with time zone not null default now(),
    primary key (group_id, user_id)
);
CREATE TABLE IF NOT EXISTS group_role
(
    group_id integer not null references groups (id) ON DELETE CASCADE,
    role_id integer not null references roles (id) ON DELETE CASCADE,
    created_by text,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    project text,
    PRIMARY KEY (group_id, role_id, project)
);
COMMIT;

-- 20220711084613-add-projects-and-environments-for-addons
BEGIN;
ALTER TABLE addons
   ADD COLUMN
       projects jsonb DEFAULT '[]'::jsonb;
ALTER TABLE addons
    ADD COLUMN environments jsonb DEFAULT '[]'::jsonb;
COMMIT;

-- 20220808084524-add-group-permissions
BEGIN;
ALTER TABLE group_user DROP COLUMN IF EXISTS role;
COMMIT;

-- 20220808110415-add-projects-foreign-key
BEGIN;
delete from group_role where project not in (select id from projects);
ALTER TABLE group_role
ADD CONSTRAINT fk_group_role_project
    FOREIGN KEY(project)
        REFERENCES projects(id) ON DELETE CASCADE;
COMMIT;

-- 20220816121136-add-metadata-to-api-keys
BEGIN;
ALTER TABLE api_tokens ADD COLUMN metadata JSONB NOT NULL DEFAULT '{}'::jsonb;
COMMIT;

-- 20220817130250-alter-api-tokens
BEGIN;
ALTER TABLE api_tokens DROP COLUMN metadata;
ALTER TABLE api_tokens ADD COLUMN alias text;
COMMIT;

-- 20220908093515-add-public-signup-tokens
BEGIN;
create table IF NOT EXISTS public_signup_tokens
(
    secret text primary key,
    name text,
    expires_at timestamp with time zone not null,
    created_at timestamp with time zone not null default now(),
    created_by text,
    role_id integer not null references roles (id) ON DELETE CASCADE
);

create table IF NOT EXISTS public_signup_tokens_user
(
    secret text not null references public_signup_tokens (secret) on DELETE CASCADE,
    user_id integer not null references users (id) ON DELETE CASCADE,
    created_at timestamp with time zone not null default now(),
    primary key (secret, user_id)
);
COMMIT;

-- 20220912165344-pat-tokens
BEGIN;
CREATE TABLE personal_access_tokens (
    secret text not null primary key,
    description text,
    user_id integer not null references users (id) ON DELETE CASCADE,
    expires_at  timestamp with time zone NOT NULL,
    seen_at  timestamp with time zone,
    created_at  timestamp with time zone not null DEFAULT now()
);
COMMIT;

-- 20220916093515-add-url-to-public-signup-tokens
BEGIN;
ALTER table public_signup_tokens
ADD COLUMN IF NOT EXISTS url text;
COMMIT;

-- 20220927110212-add-enabled-to-public-signup-tokens
BEGIN;
ALTER table public_signup_tokens
ADD COLUMN IF NOT EXISTS enabled boolean DEFAULT true;
COMMIT;

-- 20221010114644-pat-auto-increment
BEGIN;
alter table personal_access_tokens
    drop constraint personal_access_tokens_pkey;
ALTER TABLE personal_access_tokens
    add column id serial primary key;
COMMIT;

-- 20221011155007-add-user-groups-mappings
BEGIN;
ALTER TABLE groups
ADD COLUMN IF NOT EXISTS mappings_sso jsonb DEFAULT '[]'::jsonb;
COMMIT;

-- 20221103111940-fix-migrations
BEGIN;
delete from migrations where name in ('/20221901130645-add-change-requests-table', '/20221810114644-add-suggest-changes-table');
COMMIT;

-- 20221103112200-change-request
BEGIN;
CREATE TABLE IF NOT EXISTS change_requests (
  id serial primary key,
  environment varchar(100) REFERENCES environments(name) ON DELETE CASCADE,
  state varchar(255) NOT NULL,
  project varchar(255) REFERENCES projects(id) ON DELETE CASCADE,
  created_by integer not null references users (id) ON DELETE CASCADE,
  created_at timestamp default now()
);

CREATE TABLE IF NOT EXISTS change_request_events (
    id serial primary key,
    feature varchar(255) NOT NULL references features(name) on delete cascade,
    action varchar(255) NOT NULL,
    payload jsonb not null default '[]'::jsonb,
    created_by integer not null references users (id) ON DELETE CASCADE,
    created_at timestamp default now(),
    change_request_id integer NOT NULL REFERENCES change_requests(id) ON DELETE CASCADE,
    UNIQUE (feature, action, change_request_id)
);
COMMIT;

-- 20221103125732-change-request-remove-unique
BEGIN;
ALTER TABLE change_request_events
DROP CONSTRAINT change_request_events_feature_action_change_request_id_key;
COMMIT;

-- 20221104123349-change-request-approval
BEGIN;
CREATE TABLE IF NOT EXISTS change_request_approvals (
   id serial primary key,
   change_request_id integer NOT NULL REFERENCES change_requests(id) ON DELETE CASCADE,
   created_by integer not null references users (id) ON DELETE CASCADE,
   created_at timestamp default now()
);
COMMIT;

-- 20221107121635-move-variants-to-per-environment
BEGIN;
ALTER TABLE feature_environments ADD COLUMN variants JSONB DEFAULT '[]'::jsonb NOT NULL;
WITH feature_variants AS (SELECT variants, name FROM features)
UPDATE feature_environments SET variants = feature_variants.variants FROM feature_variants
WHERE feature_name = feature_variants.name and feature_variants.variants is not null;

CREATE VIEW features_view AS
SELECT
    features.name as name,
    features.description as description,
    features.type as type,
    features.project as project,
    features.stale as stale,
    feature_environments.variants as variants,
    features.impression_data as impression_data,
    features.created_at as created_at,
    features.last_seen_at as last_seen_at,
    features.archived_at as archived_at,
    feature_environments.enabled as enabled,
    feature_environments.environment as environment,
    environments.name as environment_name,
    environments.type as environment_type,
    environments.sort_order as environment_sort_order,
    feature_strategies.id as strategy_id,
    feature_strategies.strategy_name as strategy_name,
    feature_strategies.parameters as parameters,
    feature_strategies.constraints as constraints,
    feature_strategies.sort_order as sort_order,
    fss.segment_id as segments
FROM
    features
LEFT JOIN feature_environments ON feature_environments.feature_name = features.name
LEFT JOIN feature_strategies ON feature_strategies.feature_name = feature_environments.feature_name
and feature_strategies.environment = feature_environments.environment
LEFT JOIN environments ON feature_environments.environment = environments.name
LEFT JOIN feature_strategy_segment as fss ON fss.feature_strategy_id = feature_strategies.id;
COMMIT;

-- 20221107132528-change-request-project-options
BEGIN;
ALTER TABLE project_environments add column if not exists change_request_enabled bool default false;
ALTER TABLE projects add column if not exists change_request_enabled bool default false;
COMMIT;

-- 20221108114358-add-change-request-permissions
BEGIN;
INSERT INTO permissions (permission, display_name, type) VALUES ('APPROVE_CHANGE_REQUEST', 'Approve a change request', 'environment');
INSERT INTO permissions (permission, display_name, type) VALUES ('APPLY_CHANGE_REQUEST', 'Apply a change request', 'environment');
COMMIT;

-- 20221110104933-add-change-request-settings
BEGIN;
CREATE TABLE IF NOT EXISTS change_request_settings (
   project varchar(255) REFERENCES projects(id) ON DELETE CASCADE,
   environment varchar(100) REFERENCES environments(name) ON DELETE CASCADE,
   PRIMARY KEY(project, environment)
);
COMMIT;

-- 20221110144113-revert-change-request-project-options
BEGIN;
ALTER TABLE project_environments drop column if exists change_request_enabled;
ALTER TABLE projects drop column if exists change_request_enabled;
COMMIT;

-- 20221114150559-change-request-comments
BEGIN;
CREATE TABLE IF NOT EXISTS change_request_comments (
 id SERIAL PRIMARY KEY,
 change_request INTEGER NOT NULL REFERENCES change_requests(id) ON DELETE CASCADE,
 text TEXT NOT NULL,
 created_at TIMESTAMP default now(),
 created_by INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE
);
COMMIT;

-- 20221115072335-add-required-approvals
BEGIN;
ALTER TABLE change_request_settings ADD COLUMN required_approvals integer default 1;

ALTER TABLE change_request_settings
    ADD CONSTRAINT change_request_settings_project_environment_key
        UNIQUE (project, environment);
COMMIT;

-- 20221121114357-add-permission-for-environment-variants
BEGIN;
INSERT INTO permissions (permission, display_name, type)
values('UPDATE_FEATURE_ENVIRONMENT_VARIANTS', 'Update variants on environment', 'environment');

INSERT INTO role_permission (role_id, permission_id, environment)
(WITH perm_id as (SELECT id from permissions WHERE permission = 'UPDATE_FEATURE_ENVIRONMENT_VARIANTS')
  SELECT rp.role_id, perm_id.id, rp.environment FROM perm_id, role_permission as rp
  JOIN permissions p ON p.id = rp.permission_id
  WHERE p.permission = 'UPDATE_FEATURE_ENVIRONMENT'
);
COMMIT;

-- 20221121133546-soft-delete-user
BEGIN;
ALTER TABLE users ADD COLUMN IF NOT EXISTS deleted_at TIMESTAMP WITH TIME ZONE;
COMMIT;

-- 20221124123914-add-favorites
BEGIN;
CREATE TABLE IF NOT EXISTS favorite_features
(
    feature VARCHAR(255) NOT NULL REFERENCES features (name) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    PRIMARY KEY (feature, user_id)
);

CREATE TABLE IF NOT EXISTS favorite_projects
(
    project VARCHAR(255) NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    PRIMARY KEY (project, user_id)
);
COMMIT;

-- 20221125185244-change-request-unique-approvals
BEGIN;
ALTER TABLE change_request_approvals ADD CONSTRAINT unique_approvals UNIQUE (change_request_id, created_by);
COMMIT;

-- 20221128165141-change-request-min-approvals
BEGIN;
ALTER TABLE change_requests ADD COLUMN min_approvals INTEGER DEFAULT 1;
COMMIT;

-- 20221205122253-skip-change-request
BEGIN;
INSERT INTO permissions (permission, display_name, type) VALUES ('SKIP_CHANGE_REQUEST', 'Skip change request process', 'environment');
COMMIT;
