-- +goose Up
-- create "apps" table
CREATE TABLE `apps` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `code` text NOT NULL, `secret_digest` blob NOT NULL, `superuser` bool NOT NULL DEFAULT (false));
-- create index "apps_code_key" to table: "apps"
CREATE UNIQUE INDEX `apps_code_key` ON `apps` (`code`);
-- create "credentials" table
CREATE TABLE `credentials` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `update_time` datetime NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `type` text NOT NULL, `scope_level` text NOT NULL DEFAULT ('NONE'), `scopes` json NULL, `sealed` blob NOT NULL, `key_id` text NOT NULL, `shown` blob NOT NULL, `creator` text NOT NULL DEFAULT (''), `operator` text NOT NULL DEFAULT (''), `space_id` integer NOT NULL, CONSTRAINT `credentials_spaces_space` FOREIGN KEY (`space_id`) REFERENCES `spaces` (`id`) ON DELETE NO ACTION);
-- set sequence for "credentials" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("credentials", 47244640256);
-- create index "credential_space_id_name" to table: "credentials"
CREATE UNIQUE INDEX `credential_space_id_name` ON `credentials` (`space_id`, `name`);
-- create index "credential_key_id" to table: "credentials"
CREATE INDEX `credential_key_id` ON `credentials` (`key_id`);
-- create "mock_presets" table
CREATE TABLE `mock_presets` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `update_time` datetime NOT NULL, `node_id` text NOT NULL, `name` text NOT NULL, `outputs` blob NOT NULL, `is_default` bool NOT NULL DEFAULT (false), `operator` text NOT NULL DEFAULT (''), `template_id` integer NOT NULL, CONSTRAINT `mock_presets_templates_mock_presets` FOREIGN KEY (`template_id`) REFERENCES `templates` (`id`) ON DELETE NO ACTION);
-- set sequence for "mock_presets" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("mock_presets", 4294967296);
-- create index "mockpreset_template_id_node_id" to table: "mock_presets"
CREATE INDEX `mockpreset_template_id_node_id` ON `mock_presets` (`template_id`, `node_id`);
-- create index "mockpreset_one_default" to table: "mock_presets"
CREATE UNIQUE INDEX `mockpreset_one_default` ON `mock_presets` (`template_id`, `node_id`) WHERE is_default;
-- create "mock_schemes" table
CREATE TABLE `mock_schemes` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `update_time` datetime NOT NULL, `name` text NOT NULL, `presets` json NOT NULL, `operator` text NOT NULL DEFAULT (''), `template_id` integer NOT NULL, CONSTRAINT `mock_schemes_templates_mock_schemes` FOREIGN KEY (`template_id`) REFERENCES `templates` (`id`) ON DELETE NO ACTION);
-- set sequence for "mock_schemes" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("mock_schemes", 8589934592);
-- create index "mockscheme_template_id_name" to table: "mock_schemes"
CREATE UNIQUE INDEX `mockscheme_template_id_name` ON `mock_schemes` (`template_id`, `name`);
-- create "node_runs" table
CREATE TABLE `node_runs` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `task_id` integer NOT NULL, `node_id` text NOT NULL, `number` integer NOT NULL, `is_current` bool NOT NULL, `state` text NOT NULL, `row` blob NOT NULL, `decision` blob NULL, `unresolved` blob NULL);
-- set sequence for "node_runs" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("node_runs", 55834574848);
-- create index "noderun_task_id_node_id_number" to table: "node_runs"
CREATE UNIQUE INDEX `noderun_task_id_node_id_number` ON `node_runs` (`task_id`, `node_id`, `number`);
-- create "pipeline_versions" table
CREATE TABLE `pipeline_versions` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `update_time` datetime NOT NULL, `version` text NULL, `draft` bool NOT NULL, `description` text NOT NULL DEFAULT (''), `creator` text NOT NULL DEFAULT (''), `operator` text NOT NULL DEFAULT (''), `is_deleted` bool NOT NULL DEFAULT (false), `snapshot_id` integer NOT NULL, `template_id` integer NOT NULL, CONSTRAINT `pipeline_versions_snapshots_snapshot` FOREIGN KEY (`snapshot_id`) REFERENCES `snapshots` (`id`) ON DELETE NO ACTION, CONSTRAINT `pipeline_versions_templates_pipeline_versions` FOREIGN KEY (`template_id`) REFERENCES `templates` (`id`) ON DELETE NO ACTION);
-- set sequence for "pipeline_versions" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("pipeline_versions", 12884901888);
-- create index "pipelineversion_one_draft" to table: "pipeline_versions"
CREATE UNIQUE INDEX `pipelineversion_one_draft` ON `pipeline_versions` (`template_id`) WHERE draft AND NOT is_deleted;
-- create index "pipelineversion_template_id_version" to table: "pipeline_versions"
CREATE UNIQUE INDEX `pipelineversion_template_id_version` ON `pipeline_versions` (`template_id`, `version`);
-- create "snapshots" table
CREATE TABLE `snapshots` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `digest` text NOT NULL, `document` blob NOT NULL);
-- set sequence for "snapshots" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("snapshots", 17179869184);
-- create index "snapshots_digest_key" to table: "snapshots"
CREATE UNIQUE INDEX `snapshots_digest_key` ON `snapshots` (`digest`);
-- create "spaces" table
CREATE TABLE `spaces` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `platform_url` text NOT NULL DEFAULT (''), `creator` text NOT NULL DEFAULT (''), `is_deleted` bool NOT NULL DEFAULT (false), `app_id` integer NOT NULL, CONSTRAINT `spaces_apps_spaces` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION);
-- set sequence for "spaces" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("spaces", 21474836480);
-- create index "space_app_id_name" to table: "spaces"
CREATE UNIQUE INDEX `space_app_id_name` ON `spaces` (`app_id`, `name`);
-- create "space_configs" table
CREATE TABLE `space_configs` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `update_time` datetime NOT NULL, `name` text NOT NULL, `value` blob NOT NULL, `space_id` integer NOT NULL, CONSTRAINT `space_configs_spaces_configs` FOREIGN KEY (`space_id`) REFERENCES `spaces` (`id`) ON DELETE NO ACTION);
-- set sequence for "space_configs" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("space_configs", 25769803776);
-- create index "spaceconfig_space_id_name" to table: "space_configs"
CREATE UNIQUE INDEX `spaceconfig_space_id_name` ON `space_configs` (`space_id`, `name`);
-- create "tasks" table
CREATE TABLE `tasks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `app_id` integer NOT NULL, `space_id` integer NOT NULL, `instance_id` text NOT NULL, `name` text NOT NULL, `creator` text NOT NULL, `description` text NOT NULL DEFAULT (''), `scope_type` text NULL, `scope_value` text NULL, `create_method` text NOT NULL, `trigger_method` text NOT NULL, `state` text NOT NULL DEFAULT ('CREATED'), `executor` text NOT NULL DEFAULT (''), `was_revoked` bool NOT NULL DEFAULT (false), `start_time` datetime NULL, `finish_time` datetime NULL, `tree_info_id` integer NULL, `extra_info` blob NOT NULL, `sealed_credentials` blob NULL, `key_id` text NULL, `is_deleted` bool NOT NULL DEFAULT (false), `idempotency_key` text NULL, `request_digest` blob NULL, `snapshot_id` integer NOT NULL, `execution_snapshot_id` integer NOT NULL, `template_id` integer NOT NULL, CONSTRAINT `tasks_snapshots_snapshot` FOREIGN KEY (`snapshot_id`) REFERENCES `snapshots` (`id`) ON DELETE NO ACTION, CONSTRAINT `tasks_snapshots_execution_snapshot` FOREIGN KEY (`execution_snapshot_id`) REFERENCES `snapshots` (`id`) ON DELETE NO ACTION, CONSTRAINT `tasks_templates_tasks` FOREIGN KEY (`template_id`) REFERENCES `templates` (`id`) ON DELETE NO ACTION);
-- set sequence for "tasks" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("tasks", 30064771072);
-- create index "tasks_instance_id_key" to table: "tasks"
CREATE UNIQUE INDEX `tasks_instance_id_key` ON `tasks` (`instance_id`);
-- create index "task_create_time" to table: "tasks"
CREATE INDEX `task_create_time` ON `tasks` (`create_time`) WHERE NOT is_deleted;
-- create index "task_app_id_create_time" to table: "tasks"
CREATE INDEX `task_app_id_create_time` ON `tasks` (`app_id`, `create_time`) WHERE NOT is_deleted;
-- create index "task_space_id_create_time" to table: "tasks"
CREATE INDEX `task_space_id_create_time` ON `tasks` (`space_id`, `create_time`) WHERE NOT is_deleted;
-- create index "task_template_id_create_time" to table: "tasks"
CREATE INDEX `task_template_id_create_time` ON `tasks` (`template_id`, `create_time`) WHERE NOT is_deleted;
-- create index "task_space_id_name" to table: "tasks"
CREATE INDEX `task_space_id_name` ON `tasks` (`space_id`, `name`) WHERE NOT is_deleted;
-- create index "task_app_id_idempotency_key" to table: "tasks"
CREATE UNIQUE INDEX `task_app_id_idempotency_key` ON `tasks` (`app_id`, `idempotency_key`);
-- create index "task_finish_time" to table: "tasks"
CREATE INDEX `task_finish_time` ON `tasks` (`finish_time`) WHERE state IN ('FINISHED', 'REVOKED');
-- create index "task_key_id" to table: "tasks"
CREATE INDEX `task_key_id` ON `tasks` (`key_id`) WHERE sealed_credentials IS NOT NULL;
-- create "task_calls" table
CREATE TABLE `task_calls` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `task_id` integer NOT NULL, `number` integer NOT NULL, `node_id` text NOT NULL, `attempt` integer NOT NULL, `status` text NOT NULL DEFAULT ('READY'), `effect` blob NULL, `owner` text NOT NULL DEFAULT (''), `lease_until` datetime NULL, `create_time` datetime NOT NULL, `sent_at` datetime NULL, `exchange` blob NULL, `credential_source` text NOT NULL DEFAULT (''), `credential_name` text NOT NULL DEFAULT (''));
-- set sequence for "task_calls" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("task_calls", 60129542144);
-- create index "taskcall_task_id_number" to table: "task_calls"
CREATE UNIQUE INDEX `taskcall_task_id_number` ON `task_calls` (`task_id`, `number`);
-- create index "taskcall_status_lease_until" to table: "task_calls"
CREATE INDEX `taskcall_status_lease_until` ON `task_calls` (`status`, `lease_until`) WHERE status IN ('READY', 'SENT');
-- create "task_events" table
CREATE TABLE `task_events` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `task_id` integer NOT NULL, `first_seq` integer NOT NULL, `last_seq` integer NOT NULL, `events` blob NOT NULL);
-- set sequence for "task_events" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("task_events", 64424509440);
-- create index "taskevent_task_id_last_seq" to table: "task_events"
CREATE UNIQUE INDEX `taskevent_task_id_last_seq` ON `task_events` (`task_id`, `last_seq`);
-- create "task_mocks" table
CREATE TABLE `task_mocks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `nodes` blob NOT NULL, `outputs` blob NOT NULL, `preset_ids` blob NOT NULL, `failures` blob NOT NULL, `task_id` integer NOT NULL, CONSTRAINT `task_mocks_tasks_mock` FOREIGN KEY (`task_id`) REFERENCES `tasks` (`id`) ON DELETE NO ACTION);
-- set sequence for "task_mocks" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("task_mocks", 34359738368);
-- create index "task_mocks_task_id_key" to table: "task_mocks"
CREATE UNIQUE INDEX `task_mocks_task_id_key` ON `task_mocks` (`task_id`);
-- create "task_operations" table
CREATE TABLE `task_operations` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `kind` text NOT NULL, `operator` text NOT NULL DEFAULT (''), `source` text NOT NULL, `node_id` text NOT NULL DEFAULT (''), `create_time` datetime NOT NULL, `task_id` integer NOT NULL, CONSTRAINT `task_operations_tasks_operations` FOREIGN KEY (`task_id`) REFERENCES `tasks` (`id`) ON DELETE NO ACTION);
-- set sequence for "task_operations" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("task_operations", 38654705664);
-- create index "taskoperation_task_id_node_id" to table: "task_operations"
CREATE INDEX `taskoperation_task_id_node_id` ON `task_operations` (`task_id`, `node_id`);
-- create "task_runs" table
CREATE TABLE `task_runs` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `fence` integer NOT NULL DEFAULT (0), `language` text NOT NULL DEFAULT ('boolrule'), `core` blob NULL, `wakes` blob NULL, `wake_at` datetime NULL, `last_seq` integer NOT NULL DEFAULT (0), `real_calls` integer NOT NULL DEFAULT (0), `outputs` blob NULL, `task_id` integer NOT NULL, CONSTRAINT `task_runs_tasks_run` FOREIGN KEY (`task_id`) REFERENCES `tasks` (`id`) ON DELETE NO ACTION);
-- set sequence for "task_runs" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("task_runs", 68719476736);
-- create index "task_runs_task_id_key" to table: "task_runs"
CREATE UNIQUE INDEX `task_runs_task_id_key` ON `task_runs` (`task_id`);
-- create index "taskrun_wake_at" to table: "task_runs"
CREATE INDEX `taskrun_wake_at` ON `task_runs` (`wake_at`) WHERE wake_at IS NOT NULL;
-- create "templates" table
CREATE TABLE `templates` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `update_time` datetime NOT NULL, `app_id` integer NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `scope_type` text NULL, `scope_value` text NULL, `notify_config` blob NOT NULL, `is_enabled` bool NOT NULL DEFAULT (true), `creator` text NOT NULL DEFAULT (''), `updated_by` text NOT NULL DEFAULT (''), `is_deleted` bool NOT NULL DEFAULT (false), `space_id` integer NOT NULL, `draft_version_id` integer NULL, `released_version_id` integer NULL, CONSTRAINT `templates_spaces_templates` FOREIGN KEY (`space_id`) REFERENCES `spaces` (`id`) ON DELETE NO ACTION, CONSTRAINT `templates_pipeline_versions_draft_version` FOREIGN KEY (`draft_version_id`) REFERENCES `pipeline_versions` (`id`) ON DELETE SET NULL, CONSTRAINT `templates_pipeline_versions_released_version` FOREIGN KEY (`released_version_id`) REFERENCES `pipeline_versions` (`id`) ON DELETE SET NULL);
-- set sequence for "templates" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("templates", 42949672960);
-- create index "template_create_time" to table: "templates"
CREATE INDEX `template_create_time` ON `templates` (`create_time`) WHERE NOT is_deleted;
-- create index "template_app_id_create_time" to table: "templates"
CREATE INDEX `template_app_id_create_time` ON `templates` (`app_id`, `create_time`) WHERE NOT is_deleted;
-- create index "template_space_id_create_time" to table: "templates"
CREATE INDEX `template_space_id_create_time` ON `templates` (`space_id`, `create_time`) WHERE NOT is_deleted;
-- create index "template_space_id_scope_type_scope_value" to table: "templates"
CREATE INDEX `template_space_id_scope_type_scope_value` ON `templates` (`space_id`, `scope_type`, `scope_value`);
-- create "tokens" table
CREATE TABLE `tokens` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `create_time` datetime NOT NULL, `digest` blob NOT NULL, `username` text NOT NULL, `resource_type` text NOT NULL, `resource_id` integer NOT NULL, `permission` text NOT NULL, `expire_time` datetime NOT NULL, `space_id` integer NOT NULL, `app_id` integer NOT NULL, CONSTRAINT `tokens_spaces_space` FOREIGN KEY (`space_id`) REFERENCES `spaces` (`id`) ON DELETE NO ACTION, CONSTRAINT `tokens_apps_app` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION);
-- set sequence for "tokens" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("tokens", 51539607552);
-- create index "tokens_digest_key" to table: "tokens"
CREATE UNIQUE INDEX `tokens_digest_key` ON `tokens` (`digest`);
-- create index "token_space_id_username" to table: "tokens"
CREATE INDEX `token_space_id_username` ON `tokens` (`space_id`, `username`);
-- create index "token_expire_time" to table: "tokens"
CREATE INDEX `token_expire_time` ON `tokens` (`expire_time`);
-- create "tree_infos" table
CREATE TABLE `tree_infos` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `snapshot_id` integer NOT NULL, `data` blob NOT NULL);
-- set sequence for "tree_infos" table
INSERT INTO sqlite_sequence (name, seq) VALUES ("tree_infos", 73014444032);
-- create index "tree_infos_snapshot_id_key" to table: "tree_infos"
CREATE UNIQUE INDEX `tree_infos_snapshot_id_key` ON `tree_infos` (`snapshot_id`);
