package agent

// knownFields are the keys that Claude Code gives a meaning (documentation of 2026-11).
var knownFields = []string{
	"name", "description", "tools", "disallowedTools", "model", "permissionMode", "maxTurns", "skills", "background",
	"initialPrompt", "mcpServers", "hooks", "memory", "effort", "isolation", "color",
}
