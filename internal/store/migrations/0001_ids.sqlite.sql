-- +goose Up
CREATE TABLE id_counter (next BIGINT NOT NULL);
INSERT INTO id_counter (next) VALUES (1000);
