package agent

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"example.com/scaffold/generator/agent/catalog"
)

// goneTools is A010: tools that were removed or renamed.
func (l *linter) goneTools() {
	for _, t := range l.tokens {
		if gone, ok := l.facts.Removed(t.name); ok {
			l.add(Warn, t.line, t.col, fmt.Sprintf("the tool %s is gone (%s)", t.name, gone.Until), instead(gone, t.field))
		}
	}
}

// allowed returns the tools of the allow-list.
func (l *linter) allowed() []token {
	i := 0
	for i < len(l.tokens) && l.tokens[i].field == "tools" {
		i++
	}
	return l.tokens[:i]
}

// instead says what to write in a field for a tool that is gone.
func instead(g catalog.Gone, field string) string {
	switch {
	case g.Merged && field == disallowed:
		return "remove it"
	case g.How != "":
		return "write " + g.How
	case g.Use != "":
		return "write " + g.Use
	}
	return "remove it"
}

// unknownTools is A011: names that no tool has.
func (l *linter) unknownTools() {
	for _, t := range l.tokens {
		if fix := oddServer(t.name); fix != "" {
			l.add(Warn, t.line, t.col, "there is no tool "+show(t.name), fix)
		}
		if l.resolves(t.name) {
			continue
		}
		fix := "remove it"
		if field, _ := l.Field(t.field); strings.HasPrefix(field.Value.Text, "[") {
			fix = "write " + t.field + ": " + strings.Trim(listMarks.Replace(field.Value.Text), ", ")
		}
		for _, tool := range l.facts.BuiltIn {
			if strings.EqualFold(tool.Name, t.name) {
				fix = "write " + tool.Name
			}
		}
		l.add(Warn, t.line, t.col, "there is no tool "+show(t.name), fix)
	}
}

// oddServer says what to write for a tool of a server with a name that no server has in a tool, or "".
func oddServer(tool string) string {
	rest, ok := strings.CutPrefix(tool, "mcp__")
	if _, _, fits := mcpTool(tool); !ok || fits || rest == "*" {
		return ""
	}
	server, of, _ := strings.Cut(rest, "__")
	if server = strings.TrimRight(server, "*"); server == "" {
		return "write mcp__SERVER__TOOL, or remove it"
	}
	return fmt.Sprintf("write mcp__%s__%s: a server's name there has only letters, digits, - and _", notInServer.ReplaceAllString(server, "_"), cmp.Or(of, "*"))
}

// notInServer matches what Claude Code writes as `_` in the name of a server.
var notInServer = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// listMarks takes away what makes a list of a text that was read as one name after another, as a quoted list is.
var listMarks = strings.NewReplacer("[", "", "]", "", `"`, "", "'", "")

// resolves reports whether a name is, or was, a tool's.
func (l *linter) resolves(name string) bool {
	_, builtIn := l.facts.Tool(name)
	_, gone := l.facts.Removed(name)
	return builtIn || gone || name == "*" || strings.HasPrefix(name, "mcp__")
}

// lostTools is A012: tools that are in the list and yet not at hand.
func (l *linter) lostTools() {
	mode, _ := l.Field("permissionMode")
	editor := false
	for _, t := range l.allowed() {
		server, _, mcp := mcpTool(t.name)
		tool, builtIn := l.facts.Tool(t.name)
		known, _ := l.facts.Server(server)
		switch {
		case mcp && known.Editor:
			if !editor {
				l.add(Info, t.line, t.col, fmt.Sprintf("the tools of the server %s are there only in an editor", server), "remove them if the agent works elsewhere")
			}
			editor = true
		case mcp || !builtIn:
		case l.never(t.name, mode.Value.Text):
			l.add(Warn, t.line, t.col, fmt.Sprintf("the tool %s is never given to a sub-agent", t.name), "remove it")
		case tool.Off != "":
			l.add(Info, t.line, t.col, fmt.Sprintf("the tool %s is %s", t.name, tool.Off), "write "+strings.Join(tool.Instead, ", ")+" beside it, or remove it")
		case !has(l.facts.KeptInBackground, t.name):
			l.add(Info, t.line, t.col, fmt.Sprintf("the tool %s is lost when the agent runs in the background, which is the default", t.name), "remove it, or run the agent in the foreground")
		}
	}
}

// never reports whether no sub-agent gets the tool in that permission mode.
func (l *linter) never(name, mode string) bool {
	for _, n := range l.facts.NeverInSubagents {
		if n.Name == name {
			return n.Unless == "" || n.Unless != mode
		}
	}
	return false
}

// noTool is A013: an allow-list that allows nothing.
func (l *linter) noTool() {
	if l.Tools == nil {
		return
	}
	for _, t := range l.Tools {
		if l.resolves(bareTool(t)) {
			return
		}
	}
	field, _ := l.Field("tools")
	l.at(Err, field, "no name in tools is a tool: the agent is not launched", "name one tool, or remove the key for all tools")
}

// undeclaredServers is A014: servers of tools that nothing declares.
func (l *linter) undeclaredServers() {
	own := l.declared()
	said := map[string]bool{}
	for _, t := range l.allowed() {
		server, _, ok := mcpTool(t.name)
		known, there := l.facts.Server(server)
		if _, declared := own[server]; !ok || known.Editor || declared || said[server] || has(l.options.MCPServers, server) {
			continue
		}
		said[server] = true
		fix := "declare it in .mcp.json, or remove its tools"
		switch {
		case Reserved(server):
			fix = "the name is reserved, so that .mcp.json can't declare it: rename the server, or remove its tools"
		case there:
			fix = fmt.Sprintf("write in the mcpServers of .mcp.json: %s: %s", oneLine(server), serverOf(known).Stanza)
		}
		l.add(Warn, t.line, t.col, fmt.Sprintf("the MCP server %s is declared neither in .mcp.json nor in mcpServers", server), fix)
	}
}

// serverTools is A015: tools that a known server has not, and servers that serve something else.
func (l *linter) serverTools() {
	said := map[string]bool{}
	text := strings.ReplaceAll(strings.ToLower(l.Name+"\n"+l.Description+"\n"+string(l.Body)), "_", " ")
	for _, t := range l.allowed() {
		server, tool, ok := mcpTool(t.name)
		known, there := l.facts.Server(server)
		if !ok || !there {
			continue
		}
		_, gone := l.facts.Removed(t.name)
		if len(known.Tools) > 0 && tool != "" && tool != "*" && !gone && !has(known.Tools, tool) {
			l.add(Warn, t.line, t.col, fmt.Sprintf("the MCP server %s has no tool %s", server, tool), "write mcp__"+server+"__"+nearest(tool, known.Tools))
		}
		if known.For != "" && !said[server] && !speaks(text, known.About) {
			said[server] = true
			l.add(Info, t.line, t.col, fmt.Sprintf("the MCP server %s is for %s, of which the agent never speaks", server, known.For), "remove its tools")
		}
	}
}

// speaks reports whether a lower-case text holds one of the words.
func speaks(text string, about []string) bool {
	for _, word := range about {
		if wordIndex(text, 0, strings.ToLower(word)) >= 0 {
			return true
		}
	}
	return false
}

// nearest returns the name with the least edit distance.
func nearest(name string, names []string) string {
	best, least := names[0], 1<<30
	for _, n := range names {
		if d := distance([]rune(name), []rune(n)); d < least {
			best, least = n, d
		}
	}
	return best
}

// planner is A021: a planner that can write.
func (l *linter) planner() {
	mode, _ := l.Field("permissionMode")
	if mode.Value.Text == "plan" || !isPlanner(l.Name, l.body) {
		return
	}
	field, ok := l.Field("tools")
	if !ok {
		field, _ = l.Field("name")
	}
	var writes []string
	for _, tool := range l.facts.Writes {
		given := l.Tools == nil || has(bareTools(l.Tools), tool) || has(l.Tools, "*")
		if given && !has(l.Disallowed, tool) {
			writes = append(writes, tool)
		}
	}
	if len(writes) > 0 {
		l.at(Warn, field, "a planner that has "+strings.Join(writes, ", "), "write `permissionMode: plan`, or remove them")
	}
}
